#!/bin/sh
echo "the workshop is open"
