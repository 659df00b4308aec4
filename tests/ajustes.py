"""Los ajustes de Timonel con la base y la carpeta de datos de las pruebas."""

from tests.servicios.entorno import nombre_de_prueba, preparar

preparar()

from timonel.settings import *  # noqa: E402, F403 - después de preparar el entorno
from timonel.settings import DATABASES  # noqa: E402

# En fichero y no en memoria: las pruebas con hilos y procesos necesitan los bloqueos de verdad.
DATABASES["default"]["TEST"] = {"NAME": nombre_de_prueba()}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Un servidor ajeno sí espera al disco en cada COMMIT; lo que se prueba aquí no es su disco.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
    # Una prueba entera va a menudo en una transacción y no siempre dura menos de 2 s. Los programas que lanza, sí.
    DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
