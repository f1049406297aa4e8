#!/bin/sh
# Looks at your own overlay before it is applied:
#     sh deploy/kubernetes/check.sh my-cluster && kubectl apply -k my-cluster
# It refuses a key that a file has twice, of which kubectl would take one without a word, and what kubectl cannot render.
# Then it says what the cluster would get.
set -eu
folder=$1

# Reads maps in lines. The keys of the maps that are open at a line are kept by how far they are indented.
twice=$(find "$folder" -name '*.yaml' -exec awk '
  function close_deeper(than) { for (at in seen) { split(at, part, SUBSEP); if (part[1] + 0 > than) delete seen[at] } }
  FNR == 1 { split("", seen); text = -1 }
  /^---/ { split("", seen); next }
  /^[ ]*(#|$)/ { next }
  {
    match($0, /^ */); indent = RLENGTH; line = substr($0, indent + 1)
    if (text >= 0 && indent > text) next
    text = -1
    while (match(line, /^- +/)) { close_deeper(indent); indent += RLENGTH; line = substr(line, RLENGTH + 1) }
    if (!match(line, /^[^ "{\[][^:]*:( |$)/)) next
    key = substr(line, 1, index(line, ":") - 1)
    close_deeper(indent)
    if ((indent, key) in seen) print FILENAME ": " key " is in lines " seen[indent, key] " and " FNR
    seen[indent, key] = FNR
    if (line ~ /: *[|>][-+0-9]*$/) text = indent
  }' {} \;)
if [ -n "$twice" ]; then
  echo "Cannot take $folder: a key must stand once in its map, and one of two would be lost" >&2
  echo "$twice" >&2
  exit 1
fi

rendered=$(kubectl kustomize "$folder")
echo "$rendered" | awk '
  /^kind: / { count[$2]++ }
  /^  MEMNET_[A-Z_]*: / { run = run "\n" $0 }
  /^        image: / || /^      - image: / { images[$NF] = 1 }
  END {
    print "The run:" run
    print "Images:"; for (image in images) print "  " image | "sort"; close("sort")
    print "Objects:"; for (kind in count) print "  " count[kind] " " kind | "sort -k 2"
  }'
