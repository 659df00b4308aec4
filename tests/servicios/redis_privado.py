"""Un Redis de verdad para las pruebas; si no lo hay ni se puede descargar, se saltan diciendo por qué.

``TIMONEL_PRUEBAS_REDIS``: ``obligatorio`` convierte ese salto en un fallo (integración continua); ``descargado`` no
mira el del sistema.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dominio.errores import ErrorServicio
from timonel.ensayos.redis_propio import RedisPropio, hallar_redis


@contextmanager
def redis_privado() -> Iterator[RedisPropio]:
    """Un Redis arrancado, en un puerto propio, que desaparece al salir."""
    pedido = os.environ.get("TIMONEL_PRUEBAS_REDIS", "")
    try:
        servidor = RedisPropio(hallar_redis(del_sistema=pedido != "descargado"))
    except ErrorServicio as motivo:
        if pedido == "obligatorio":
            pytest.fail(str(motivo))
        pytest.skip(str(motivo))
    with servidor:
        yield servidor
