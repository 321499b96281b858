"""A bare nginx reverse proxy before the upstream: what any proxy costs on this machine, with no gateway in it.

One worker, unbuffered, connections to the upstream kept alive, no log. Its configuration and temporary files lie in
the run's folder; nothing under `/etc` is read or written.
"""

import os
import shutil
from pathlib import Path

from bench.programs import Missing

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_body_buffer_size 1m;
    keepalive_requests 100000000;
    upstream behind {{
        server 127.0.0.1:{upstream_port};
        keepalive 512;
        keepalive_requests 100000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }}
    }}
}}
"""


def command(folder: Path, port: int, upstream_port: int) -> list[str]:
    """nginx in the foreground; writes its configuration. Raises `Missing` where there is no nginx."""
    program = shutil.which(
        "nginx", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}"
    )
    if program is None:
        raise Missing("The baseline is nginx and there is none here: install it (Debian: nginx-light).")
    folder.mkdir()
    written = folder / "nginx.conf"
    written.write_text(
        CONFIGURATION.format(folder=folder, port=port, upstream_port=upstream_port), encoding="utf-8"
    )
    return [program, "-c", str(written), "-p", str(folder), "-e", "stderr"]
