#!/bin/sh
# Finishes what trunk has staged: every file that trunk leaves without a content hash in its name gets one, the service
# worker learns the names of all files, and text and code get compressed siblings.
set -eu
cd "$TRUNK_STAGING_DIR"

# Once more without the names of functions, a fifth of what is loaded: trunk cannot be told to leave them out.
app=$(basename app-*_bg.wasm _bg.wasm)
wasm-bindgen --target web --no-typescript --remove-name-section --out-dir . --out-name "$app" \
  "${CARGO_TARGET_DIR:-$TRUNK_SOURCE_DIR/target}/wasm32-unknown-unknown/web/app.wasm"

# Renames FILE to NAME-HASH.EXT and prints the new name.
hashed() {
  hash=$(sha256sum "$1" | cut -c1-16)
  new="${1%.*}-$hash.${1##*.}"
  mv "$1" "$new"
  echo "$new"
}

sh "$TRUNK_SOURCE_DIR/scripts/workers.sh" "$TRUNK_STAGING_DIR" --bin worker
sh "$TRUNK_SOURCE_DIR/scripts/reader.sh" "$TRUNK_STAGING_DIR"

# A worker's two files, and their names in the script that starts it.
worker() {
  wasm=$(hashed "$1_bg.wasm")
  sed -i "s|$1_bg\.wasm|$wasm|g" "$1.js"
  js=$(hashed "$1.js")
  sed -i "s|$1_bg\.wasm|$wasm|; s|$1\.js|$js|" "${2:-compute.js}"
}
worker worker
worker reader reader-start.js
if [ -e threaded.js ]; then
  worker threaded
  thread=$(hashed thread.js)
  sed -i "s|/thread\.js|/$thread|" compute.js
else
  sed -i 's|^const THREADED = .*|const THREADED = null;|' compute.js
  rm thread.js
fi
compute=$(hashed compute.js)
boot=$(hashed boot.js)
reader=$(hashed reader-start.js)
sed -i "s|/compute\.js|/$compute|; s|/reader-start\.js|/$reader|; s|/boot\.js|/$boot|" index.html

# The page itself stands for every room; weights are kept by the worker.
files=$(find . -type f ! -name sw.js ! -name index.html ! -name '*.safetensors' ! -name '*.md' ! -name '*.d.ts' ! -name '*.gz' ! -name '*.br' | sed 's|^\.||' | LC_ALL=C sort)
list=$(printf '"/"'; for file in $files; do printf ', "%s"' "$file"; done)
version=$(cat index.html $(for file in $files; do echo ".$file"; done) | sha256sum | cut -c1-16)
sed -i "s|^const VERSION = .*|const VERSION = \"$version\";|; s|^const FILES = .*|const FILES = [$list];|" sw.js

# Browsers that take brotli load a quarter less than with gzip (docs/decisions/0013-brotli.md).
find . -type f \( -name '*.js' -o -name '*.wasm' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.svg' \
  -o -name '*.webmanifest' \) -exec gzip -9nkf {} + -exec brotli -q 11 -kf {} +
