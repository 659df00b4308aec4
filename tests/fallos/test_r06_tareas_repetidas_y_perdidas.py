"""R06: la misma tarea entregada cinco veces a la vez, y una tarea perdida por SIGKILL: un efecto, ni cero ni dos.

Con Celery y Redis de verdad. La tarea perdida la hace la pasada siguiente: no se espera a que Redis la devuelva.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from historial.models import Trabajo
from tests.servicios.redis_privado import redis_privado
from timonel.ensayos.celery_propio import ProcesoCelery
from timonel.ensayos.redis_propio import RedisPropio

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

APP = "tests.fallos.celery_de_prueba"
LIMITE_S = 60.0


@pytest.fixture
def servidor() -> Iterator[RedisPropio]:
    with redis_privado() as encendido:
        yield encendido


@pytest.fixture
def entorno(servidor: RedisPropio, entorno_hijo: dict[str, str]) -> dict[str, str]:
    return entorno_hijo | {"TIMONEL_REDIS_URL": servidor.url, "TIMONEL_CELERY_VISIBILIDAD_S": "60"}


def esperar(condicion: Callable[[], object], que: str, trabajador: ProcesoCelery) -> None:
    """Espera a que se cumpla, con un límite y mientras el trabajador viva."""
    limite = time.monotonic() + LIMITE_S
    while not condicion():
        assert trabajador.vivo, trabajador.registro.read_text(errors="replace")[-3000:]
        assert time.monotonic() < limite, f"no se cumplió: {que}"
        time.sleep(0.02)


def _lineas(fichero: Path) -> int:
    return len(fichero.read_text().splitlines()) if fichero.exists() else 0


def _mandar(servidor: RedisPropio, carpeta: Path, veces: int = 1) -> None:
    """Manda la tarea como la manda el planificador, desde un proceso que no es el trabajador."""
    from celery import Celery

    with Celery("quien-manda", broker=servidor.url) as app:
        app.conf.broker_transport_options = {"global_keyprefix": "timonel:"}
        for _ in range(veces):
            app.send_task("prueba.lenta", args=[str(carpeta)], queue="informes")


def _trabajador(entorno: dict[str, str], a_la_vez: int) -> ProcesoCelery:
    return ProcesoCelery("worker", "-c", str(a_la_vez), "-Q", "avisos,informes", entorno=entorno, aplicacion=APP)


def test_r06_la_misma_tarea_cinco_veces_a_la_vez_tiene_un_efecto(
    servidor: RedisPropio, entorno: dict[str, str], tmp_path: Path
) -> None:
    with _trabajador(entorno, 5) as celery, redis.Redis.from_url(servidor.url) as cliente:
        _mandar(servidor, tmp_path, 5)
        esperar(lambda: _lineas(tmp_path / "empezados") == 1, "que empiece una", celery)
        # Las otras cuatro se entregan, ven que la ranura es de otra y acaban; solo queda sin confirmar la primera.
        esperar(
            lambda: cliente.hlen("timonel:unacked") == 1 and not cliente.llen("timonel:informes"), "las otras", celery
        )
        (tmp_path / "sigue").touch()
        esperar(lambda: cliente.hlen("timonel:unacked") == 0, "que se confirme", celery)
    assert (_lineas(tmp_path / "empezados"), _lineas(tmp_path / "acabados")) == (1, 1)
    fila = Trabajo.objects.get(trabajo="lenta")
    assert (fila.estado, fila.intentos) == ("hecho", 1)


def test_r06_una_tarea_perdida_por_sigkill_la_hace_la_pasada_siguiente(
    servidor: RedisPropio, entorno: dict[str, str], tmp_path: Path
) -> None:
    with _trabajador(entorno, 1) as celery, redis.Redis.from_url(servidor.url) as cliente:
        _mandar(servidor, tmp_path)
        esperar(lambda: _lineas(tmp_path / "empezados") == 1, "que empiece", celery)
        celery.matar()
        assert Trabajo.objects.get(trabajo="lenta").estado == "en_curso"
        assert cliente.hlen("timonel:unacked") == 1  # Redis aún la cree en marcha
        (tmp_path / "sigue").touch()
        celery.arrancar()

        def hecha() -> bool:
            _mandar(servidor, tmp_path)  # las pasadas del planificador
            time.sleep(0.2)
            return Trabajo.objects.get(trabajo="lenta").estado == "hecho"

        esperar(hecha, "que otra pasada la retome al vencer", celery)
    assert _lineas(tmp_path / "acabados") == 1
    assert Trabajo.objects.get(trabajo="lenta").intentos == 2
