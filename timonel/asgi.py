"""La aplicación que sirve uvicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
