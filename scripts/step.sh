#!/bin/sh
# Runs one step of a build; says when it begins, about how long it takes at first, and how long it took.
#
# usage: step.sh NAME ABOUT COMMAND [ARGUMENT...]
set -eu

name=$1 about=$2
shift 2
echo "==> $name (the first time about $about)"
began=$(date +%s)
"$@" || { status=$?; echo "==> $name: failed" >&2; exit $status; }
took=$(($(date +%s) - began))
echo "==> $name: done in $((took / 60)) min $((took % 60)) s"
