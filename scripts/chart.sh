#!/usr/bin/env bash
# The chart: linted, rendered with the least and the most values, held against the Kubernetes
# schemas, and shown to refuse what it must refuse. No cluster is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/tools.sh
need_helm && need_python_tools

CHART=helm/vouch
CHECKS=helm/checks
KUBERNETES=(1.28 1.32 1.35 1.37)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME COMMAND...
check() {
  local name=$1
  shift
  if "$@" >"$work/out" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$name"
    sed 's/^/    /' "$work/out"
  fi
}

render() {
  helm template trial "$CHART" --namespace voice "$@"
}

# refused WHY ARGUMENT...: rendering fails, and says so.
refused() {
  local why=$1
  shift
  if render "$@" >"$work/rendered" 2>"$work/said"; then
    echo "rendered although: $why"
    return 1
  fi
  grep -q "values don't meet the specifications of the schema" "$work/said" || {
    cat "$work/said"
    return 1
  }
}

wrong() {
  ! "$@"
}

says() {
  grep -qE -- "$2" "$1" || { echo "$1 does not say: $2"; return 1; }
}

says_not() {
  ! grep -nE -- "$2" "$1"
}

check 'the schema is a schema' check-jsonschema --check-metaschema "$CHART/values.schema.json"
for values in least most; do
  file=$CHECKS/$values.yaml
  out=$work/$values.yaml
  check "$values: values" check-jsonschema --schemafile "$CHART/values.schema.json" "$file"
  check "$values: helm lint" helm lint --strict --quiet "$CHART" --values "$file"
  check "$values: renders" render --values "$file" --output-dir "$work/$values"
  render --values "$file" >"$out"
  # ServiceMonitor is no type of Kubernetes itself.
  find "$work/$values" -name servicemonitor.yaml -delete
  for version in "${KUBERNETES[@]}"; do
    check "$values: Kubernetes $version" kubernetes-validate --strict --quiet -k "$version" \
      $(find "$work/$values" -name '*.yaml')
  done
  for must in 'runAsNonRoot: true' 'readOnlyRootFilesystem: true' 'drop: \["ALL"\]' \
    'type: RuntimeDefault' 'allowPrivilegeEscalation: false' 'enableServiceLinks: false' \
    'kind: PodDisruptionBudget' 'kind: NetworkPolicy' 'topologySpreadConstraints' \
    'automountServiceAccountToken: false' 'path: /readyz, port: admin'; do
    check "$values: $must" says "$out" "$must"
  done
  check "$values: no secret is made" says_not "$out" 'kind: Secret$'
  check "$values: no URL in the open" says_not "$out" 'postgres(ql)?://'
done
printf 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ nam: a }] }\n' >"$work/bad.yaml"
check 'the Kubernetes schemas refuse a bad pod' wrong kubernetes-validate --strict --quiet -k 1.35 "$work/bad.yaml"
check 'most: pinned by digest' says "$work/most.yaml" 'image: registry.example.com/vouch@sha256:[0-9a-f]{64}$'
check 'most: grace is longer than the drain' says "$work/most.yaml" 'terminationGracePeriodSeconds: 55$'
check 'least: grace is longer than the drain' says "$work/least.yaml" 'terminationGracePeriodSeconds: 30$'
check 'least: TLS' says "$work/least.yaml" 'VOUCH_TLS_CERT'
check 'least: not plaintext' says_not "$work/least.yaml" 'VOUCH_INSECURE_DEV'
check 'two roles' test "$(grep -cE 'key: (url|migratorUrl)$' "$work/least.yaml")" = 2

least=(--values "$CHECKS/least.yaml")
check 'refuses the defaults alone' refused 'nothing is given'
check 'refuses without a database' refused 'no database' "${least[@]}" --set database.existingSecret=
check 'refuses without a key ring' refused 'no key ring' "${least[@]}" --set keyRing.existingSecret=
check 'refuses without documents' refused 'no documents' "${least[@]}" --set documents.existingClaim=
check 'refuses plaintext by omission' refused 'no TLS' "${least[@]}" --set tls.existingSecret=
check 'refuses TLS and plaintext' refused 'both' "${least[@]}" --set tls.insecurePlaintext=true
check 'refuses a misspelt value' refused 'misspelt' "${least[@]}" --set databse.existingSecret=a
check 'refuses a password' refused 'password' "${least[@]}" --set database.password=a
check 'refuses root' refused 'root' "${least[@]}" --set podSecurityContext.runAsNonRoot=false
check 'refuses a short digest' refused 'digest' "${least[@]}" --set image.digest=sha256:12
check 'refuses a secret key without a secret' refused 'delivery' "${least[@]}" --set delivery.smtpUrlKey=a
check 'refuses a URL in the environment' refused 'open URL' "${least[@]}" \
  --set 'extraEnv[0].name=VOUCH_DATABASE_URL' --set 'extraEnv[0].value=postgres://a'
check 'refuses the key of a source in the environment' refused 'open key' "${least[@]}" \
  --set 'extraEnv[0].name=VOUCH_SOURCES_USPS_KEY' --set 'extraEnv[0].value=a'
check 'refuses a further volume that can be written' refused 'writable' "${least[@]}" \
  --set 'extraVolumeMounts[0].name=a' --set 'extraVolumeMounts[0].mountPath=/a'
check 'most: keys of sources as files' says "$work/most.yaml" 'mountPath: /etc/vouch/sources$'
check 'most: further files' says "$work/most.yaml" 'mountPath: /etc/vouch/geo$'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
