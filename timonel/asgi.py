"""La aplicación que sirve uvicorn: límites, estáticos y Django, por ese orden."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from timonel.estaticos import Estaticos  # noqa: E402 - necesita Django preparado
from timonel.limites import Limites  # noqa: E402

application = Limites(Estaticos(_django))
