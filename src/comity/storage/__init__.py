"""Files that are not on this machine: on object storage, on a web server, or wherever fsspec reaches."""
