#!/bin/sh
# Packs what runs without a compiler: the companion, the page and the bundles, in one archive.
#
# usage: archive.sh PROGRAM SITE FOLDER
# Writes FOLDER/lantern-VERSION-SYSTEM.tar.gz.
set -eu

program=$1 site=$2 folder=$3
version=$("$program" --version | cut -d' ' -f2)
name=lantern-$version-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
rm -rf "${folder:?}/$name" "$folder/$name.tar.gz"
mkdir -p "$folder/$name"
cp "$program" LICENSE-APACHE LICENSE-MIT release/README.md release/Containerfile "$folder/$name/"
cp -R "$site" "$folder/$name/site"
# The page's bundles are the command line's too.
ln -s site/models "$folder/$name/models"
tar -C "$folder" -czf "$folder/$name.tar.gz" "$name"
echo "$folder/$name.tar.gz: $(($(wc -c <"$folder/$name.tar.gz") / 1000000)) MB; \`./lantern serve\` in the unpacked folder needs nothing more"
