#!/usr/bin/env bash
# Writes the API's types from the OpenAPI document that the program prints.
#   scripts/schema.sh PROGRAM           writes src/api/schema.d.ts
#   scripts/schema.sh PROGRAM --check   fails where it would be another one
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$program" openapi >"$made/openapi.json"
npx --no-install openapi-typescript "$made/openapi.json" --output "$made/schema.d.ts" >/dev/null
if [ "${2:-}" = --check ]; then
    diff -u src/api/schema.d.ts "$made/schema.d.ts" \
        || { echo "web/src/api/schema.d.ts is not what the API is now: run web/scripts/schema.sh $1"; exit 1; }
else
    cp "$made/schema.d.ts" src/api/schema.d.ts
fi
