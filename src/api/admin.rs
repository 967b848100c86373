//! The operator's desk: clients, keys, users, trunks, lists, inventories.

use std::collections::BTreeMap;

use tonic::{Request, Response, Status, Streaming};

use super::caller::{ask, caller, read};
use super::upload::next;
use super::{inventory, status};
use crate::app::access::{self, Named, PortalClient};
use crate::app::{App, AppError, list_load, lists, operation, source, trunk};
use crate::domain::access::{KeyFacts, Principal, UserFacts};
use crate::domain::command::admin::{
    CreateClient, CreateKey, CreateUser, DisableUser, LoadList, RevokeKey, RotateKey,
};
use crate::domain::command::query::{ListTrunks, Page};
use crate::domain::command::trunk::{CreateTrunk, UpdateTrunk};
use crate::domain::ids::{ClientId, KeyId, OperationId, UserId};
use crate::domain::pii::Secret;
use crate::wire::pb;
use crate::wire::pb::admin_service_server::AdminService;
use crate::wire::pb::load_list_request::Part;

/// The most that the files of one list may hold together, in bytes.
const MAX_LIST: usize = 512 << 20;

/// Serves `vouch.v1.AdminService`.
#[derive(Clone, Debug)]
pub struct AdminApi(pub App);

fn text(secret: &Secret) -> String {
    String::from_utf8_lossy(secret.expose()).into_owned()
}

impl AdminApi {
    fn key(&self, key: &Named<KeyFacts>) -> pb::ApiKey {
        pb::ApiKey::of(&key.facts, key.name.clone(), key.created, self.0.clock.now())
    }

    async fn key_by_id(&self, id: uuid::Uuid) -> Result<pb::ApiKey, Status> {
        let key = access::key(&self.0, KeyId(id)).await.map_err(status::of)?;
        Ok(self.key(&key))
    }

    async fn user_by_id(&self, id: uuid::Uuid) -> Result<pb::User, Status> {
        let found = access::user(&self.0, UserId(id)).await.map_err(status::of)?;
        Ok(user(&found))
    }

    pub(super) async fn operation(
        &self,
        who: &Principal,
        id: OperationId,
    ) -> Result<pb::Operation, Status> {
        let found = operation::get(&self.0, who, id).await.map_err(status::of)?;
        Ok((&found).into())
    }
}

fn user(user: &Named<UserFacts>) -> pb::User {
    pb::User::of(&user.facts, user.name.clone(), user.created)
}

fn client(client: PortalClient) -> pb::Client {
    pb::Client::of(client.id, client.name, client.created)
}

#[tonic::async_trait]
impl AdminService for AdminApi {
    async fn create_client(
        &self,
        request: Request<pb::CreateClientRequest>,
    ) -> Result<Response<pb::CreateClientResponse>, Status> {
        let (who, asked) = ask::<_, CreateClient>(request)?;
        let done = access::create_client(&self.0, &who, asked).await.map_err(status::of)?;
        let made = access::client(&self.0, ClientId(done.subject)).await.map_err(status::of)?;
        Ok(Response::new(pb::CreateClientResponse {
            client: Some(client(made)),
            change_token: done.token(&self.0),
        }))
    }

    async fn list_clients(
        &self,
        request: Request<pb::ListClientsRequest>,
    ) -> Result<Response<pb::ListClientsResponse>, Status> {
        let (_who, page) = ask::<_, Page>(request)?;
        let (rows, next_page_token) = access::clients(&self.0, page).await.map_err(status::of)?;
        let clients = rows.into_iter().map(client).collect();
        Ok(Response::new(pb::ListClientsResponse { clients, next_page_token }))
    }

    async fn create_key(
        &self,
        request: Request<pb::CreateKeyRequest>,
    ) -> Result<Response<pb::CreateKeyResponse>, Status> {
        let (who, asked) = ask::<_, CreateKey>(request)?;
        let (done, token) = access::create_key(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::CreateKeyResponse {
            key: Some(self.key_by_id(done.subject).await?),
            token: text(&token),
            change_token: done.token(&self.0),
        }))
    }

    async fn rotate_key(
        &self,
        request: Request<pb::RotateKeyRequest>,
    ) -> Result<Response<pb::RotateKeyResponse>, Status> {
        let (who, asked) = ask::<_, RotateKey>(request)?;
        let (done, token) = access::rotate_key(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::RotateKeyResponse {
            key: Some(self.key_by_id(done.subject).await?),
            token: text(&token),
            change_token: done.token(&self.0),
        }))
    }

    async fn revoke_key(
        &self,
        request: Request<pb::RevokeKeyRequest>,
    ) -> Result<Response<pb::RevokeKeyResponse>, Status> {
        let (who, asked) = ask::<_, RevokeKey>(request)?;
        let done = access::revoke_key(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::RevokeKeyResponse {
            key: Some(self.key_by_id(done.subject).await?),
            change_token: done.token(&self.0),
        }))
    }

    async fn list_keys(
        &self,
        request: Request<pb::ListKeysRequest>,
    ) -> Result<Response<pb::ListKeysResponse>, Status> {
        let (_who, page) = ask::<_, Page>(request)?;
        let (rows, next_page_token) = access::keys(&self.0, page).await.map_err(status::of)?;
        let keys = rows.iter().map(|key| self.key(key)).collect();
        Ok(Response::new(pb::ListKeysResponse { keys, next_page_token }))
    }

    async fn create_user(
        &self,
        request: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::CreateUserResponse>, Status> {
        let (who, asked) = ask::<_, CreateUser>(request)?;
        let made = access::create_user(&self.0, &who, asked).await.map_err(status::of)?;
        let (done, password) = made;
        Ok(Response::new(pb::CreateUserResponse {
            user: Some(self.user_by_id(done.subject).await?),
            password: text(&password),
            change_token: done.token(&self.0),
        }))
    }

    async fn disable_user(
        &self,
        request: Request<pb::DisableUserRequest>,
    ) -> Result<Response<pb::DisableUserResponse>, Status> {
        let (who, asked) = ask::<_, DisableUser>(request)?;
        let done = access::disable_user(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::DisableUserResponse {
            user: Some(self.user_by_id(done.subject).await?),
            change_token: done.token(&self.0),
        }))
    }

    async fn list_users(
        &self,
        request: Request<pb::ListUsersRequest>,
    ) -> Result<Response<pb::ListUsersResponse>, Status> {
        let (_who, page) = ask::<_, Page>(request)?;
        let (rows, next_page_token) = access::users(&self.0, page).await.map_err(status::of)?;
        let users = rows.iter().map(user).collect();
        Ok(Response::new(pb::ListUsersResponse { users, next_page_token }))
    }

    async fn create_trunk(
        &self,
        request: Request<pb::CreateTrunkRequest>,
    ) -> Result<Response<pb::CreateTrunkResponse>, Status> {
        let (who, asked) = ask::<_, CreateTrunk>(request)?;
        let id = asked.trunk.clone();
        let done = trunk::create(&self.0, &who, asked).await.map_err(status::of)?;
        let made = trunk::get(&self.0, id).await.map_err(status::of)?;
        let trunk = Some((&made).into());
        Ok(Response::new(pb::CreateTrunkResponse { trunk, change_token: done.token(&self.0) }))
    }

    async fn update_trunk(
        &self,
        request: Request<pb::UpdateTrunkRequest>,
    ) -> Result<Response<pb::UpdateTrunkResponse>, Status> {
        let (who, asked) = ask::<_, UpdateTrunk>(request)?;
        let id = asked.trunk.clone();
        let done = trunk::update(&self.0, &who, asked).await.map_err(status::of)?;
        let made = trunk::get(&self.0, id).await.map_err(status::of)?;
        let trunk = Some((&made).into());
        Ok(Response::new(pb::UpdateTrunkResponse { trunk, change_token: done.token(&self.0) }))
    }

    async fn list_trunks(
        &self,
        request: Request<pb::ListTrunksRequest>,
    ) -> Result<Response<pb::ListTrunksResponse>, Status> {
        let (_who, asked) = ask::<_, ListTrunks>(request)?;
        let listed = trunk::list(&self.0, asked.owner, asked.page).await.map_err(status::of)?;
        let (trunks, next_page_token) = listed;
        let trunks = trunks.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListTrunksResponse { trunks, next_page_token }))
    }

    async fn load_list(
        &self,
        request: Request<Streaming<pb::LoadListRequest>>,
    ) -> Result<Response<pb::LoadListResponse>, Status> {
        let who = caller(&request)?;
        let mut parts = request.into_inner();
        let Some(Part::Header(header)) = next(&mut parts).await?.and_then(|first| first.part)
        else {
            let fault = AppError::field("header", "REQUIRED", "send the header first");
            return Err(status::of(fault));
        };
        let asked: LoadList = read(header)?;
        let files = receive(&mut parts).await?;
        let begun = list_load::start(&self.0, &who, asked, files).await.map_err(status::of)?;
        let operation = Some(self.operation(&who, begun.operation).await?);
        Ok(Response::new(pb::LoadListResponse { operation, change_token: String::new() }))
    }

    async fn load_inventory(
        &self,
        request: Request<Streaming<pb::LoadInventoryRequest>>,
    ) -> Result<Response<pb::LoadInventoryResponse>, Status> {
        inventory::load(&self.0, request).await
    }

    async fn list_lists(
        &self,
        request: Request<pb::ListListsRequest>,
    ) -> Result<Response<pb::ListListsResponse>, Status> {
        caller(&request)?;
        let live = lists::live(&self.0).await.map_err(status::of)?;
        let lists = live.iter().map(Into::into).collect();
        let missing = lists::missing(&self.0).map_err(status::of)?;
        let missing_lists = missing.iter().map(ToString::to_string).collect();
        Ok(Response::new(pb::ListListsResponse { lists, missing_lists }))
    }

    async fn list_sources(
        &self,
        request: Request<pb::ListSourcesRequest>,
    ) -> Result<Response<pb::ListSourcesResponse>, Status> {
        caller(&request)?;
        let sources = source::status(&self.0).iter().map(Into::into).collect();
        Ok(Response::new(pb::ListSourcesResponse { sources }))
    }
}

/// Takes in the files of a list, each under its publisher's name.
async fn receive(
    parts: &mut Streaming<pb::LoadListRequest>,
) -> Result<BTreeMap<String, Vec<u8>>, Status> {
    let (mut files, mut total) = (BTreeMap::<String, Vec<u8>>::new(), 0_usize);
    while let Some(message) = next(parts).await? {
        let Some(Part::Chunk(chunk)) = message.part else {
            let fault = AppError::field("chunk", "REQUIRED", "send chunks after the header");
            return Err(status::of(fault));
        };
        total = total.saturating_add(chunk.data.len());
        if total > MAX_LIST || files.len() > 16 {
            let message = "a list has at most 16 files and 512 MiB together";
            return Err(status::of(AppError::field("chunk", "TOO_LARGE", message)));
        }
        files.entry(chunk.file_name).or_default().extend_from_slice(&chunk.data);
    }
    Ok(files)
}
