"""gunicorn's settings, for production and the demonstration: `gunicorn -c python:config.web_server`."""

import os

wsgi_app = "config.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
# The path without what follows "?": a search term is somebody's name. No address of the visitor either.
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
control_socket_disable = True  # it lies in the home folder: two installations of one user would share it
