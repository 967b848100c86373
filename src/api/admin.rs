//! The operator's desk: clients, keys, users, trunks, lists, inventories.

use tonic::{Request, Response, Status, Streaming};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::admin_service_server::AdminService;

/// Serves `vouch.v1.AdminService`.
#[derive(Clone, Debug)]
pub struct AdminApi(pub App);

#[tonic::async_trait]
impl AdminService for AdminApi {
    async fn create_client(
        &self,
        _request: Request<pb::CreateClientRequest>,
    ) -> Result<Response<pb::CreateClientResponse>, Status> {
        Err(status::not_yet(&self.0, "CreateClient"))
    }

    async fn list_clients(
        &self,
        _request: Request<pb::ListClientsRequest>,
    ) -> Result<Response<pb::ListClientsResponse>, Status> {
        Err(status::not_yet(&self.0, "ListClients"))
    }

    async fn create_key(
        &self,
        _request: Request<pb::CreateKeyRequest>,
    ) -> Result<Response<pb::CreateKeyResponse>, Status> {
        Err(status::not_yet(&self.0, "CreateKey"))
    }

    async fn rotate_key(
        &self,
        _request: Request<pb::RotateKeyRequest>,
    ) -> Result<Response<pb::RotateKeyResponse>, Status> {
        Err(status::not_yet(&self.0, "RotateKey"))
    }

    async fn revoke_key(
        &self,
        _request: Request<pb::RevokeKeyRequest>,
    ) -> Result<Response<pb::RevokeKeyResponse>, Status> {
        Err(status::not_yet(&self.0, "RevokeKey"))
    }

    async fn list_keys(
        &self,
        _request: Request<pb::ListKeysRequest>,
    ) -> Result<Response<pb::ListKeysResponse>, Status> {
        Err(status::not_yet(&self.0, "ListKeys"))
    }

    async fn create_user(
        &self,
        _request: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::CreateUserResponse>, Status> {
        Err(status::not_yet(&self.0, "CreateUser"))
    }

    async fn disable_user(
        &self,
        _request: Request<pb::DisableUserRequest>,
    ) -> Result<Response<pb::DisableUserResponse>, Status> {
        Err(status::not_yet(&self.0, "DisableUser"))
    }

    async fn list_users(
        &self,
        _request: Request<pb::ListUsersRequest>,
    ) -> Result<Response<pb::ListUsersResponse>, Status> {
        Err(status::not_yet(&self.0, "ListUsers"))
    }

    async fn create_trunk(
        &self,
        _request: Request<pb::CreateTrunkRequest>,
    ) -> Result<Response<pb::CreateTrunkResponse>, Status> {
        Err(status::not_yet(&self.0, "CreateTrunk"))
    }

    async fn update_trunk(
        &self,
        _request: Request<pb::UpdateTrunkRequest>,
    ) -> Result<Response<pb::UpdateTrunkResponse>, Status> {
        Err(status::not_yet(&self.0, "UpdateTrunk"))
    }

    async fn list_trunks(
        &self,
        _request: Request<pb::ListTrunksRequest>,
    ) -> Result<Response<pb::ListTrunksResponse>, Status> {
        Err(status::not_yet(&self.0, "ListTrunks"))
    }

    async fn load_list(
        &self,
        _request: Request<Streaming<pb::LoadListRequest>>,
    ) -> Result<Response<pb::LoadListResponse>, Status> {
        Err(status::not_yet(&self.0, "LoadList"))
    }

    async fn load_inventory(
        &self,
        _request: Request<Streaming<pb::LoadInventoryRequest>>,
    ) -> Result<Response<pb::LoadInventoryResponse>, Status> {
        Err(status::not_yet(&self.0, "LoadInventory"))
    }

    async fn list_lists(
        &self,
        _request: Request<pb::ListListsRequest>,
    ) -> Result<Response<pb::ListListsResponse>, Status> {
        Err(status::not_yet(&self.0, "ListLists"))
    }
}
