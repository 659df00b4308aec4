"""Los trabajos en hilos del propio proceso: se hacen solos, paran cuando se les dice y no tumban a nadie."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dominio.reloj import Reloj, RelojManual, RelojSistema
from historial.models import Trabajo
from historial.periodico import Periodico
from historial.services.trabajos import hacer_una_vez, tomar_trabajo
from timonel.horario import COLAS, HORARIO
from timonel.trabajos import TrabajosEmbebidos

pytestmark = pytest.mark.django_db(transaction=True)
LIMITE_S = 20.0
HECHOS: list[str] = []


def _periodico(nombre: str, cola: str = "informes") -> Periodico:
    return Periodico(nombre=nombre, funcion=f"{__name__}:{nombre}", cola=cola, cada_s=0.05, ranura_s=3600, vence_s=60.0)


def contar(reloj: Reloj) -> dict[str, Any] | None:
    """Anota una pasada; solo la primera de la ranura hace algo."""
    HECHOS.append("pasada")
    return hacer_una_vez(_periodico("contar"), dict, reloj=reloj)


def romper(reloj: Reloj) -> None:
    """Falla siempre."""
    HECHOS.append("rota")
    raise ZeroDivisionError


def esperar(condicion: Callable[[], bool]) -> None:
    """Espera a que se cumpla, con un límite."""
    limite = time.monotonic() + LIMITE_S
    while not condicion():
        assert time.monotonic() < limite, "no se cumplió a tiempo"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _sin_restos() -> None:
    HECHOS.clear()


def test_dos_procesos_con_el_mismo_horario_hacen_cada_ranura_una_vez() -> None:
    uno, otro = (TrabajosEmbebidos(horario=[_periodico("contar")]) for _ in range(2))
    with uno, otro:
        esperar(lambda: len(HECHOS) >= 6)
    fila = Trabajo.objects.get()
    assert (fila.estado, fila.intentos) == ("hecho", 1)
    assert uno.fallos == otro.fallos == {}


def test_un_trabajo_que_falla_no_para_los_demas_y_al_parar_no_queda_ningun_hilo() -> None:
    trabajos = TrabajosEmbebidos(horario=[_periodico("romper"), _periodico("contar")])
    trabajos.iniciar()
    trabajos.iniciar()
    esperar(lambda: HECHOS.count("rota") >= 2 and HECHOS.count("pasada") >= 2)
    trabajos.parar()
    assert trabajos.fallos["romper"] >= 2
    assert [hilo for hilo in threading.enumerate() if hilo.name.startswith("trabajos-")] == []


def test_de_reserva_solo_hace_lo_que_nadie_ha_hecho_en_su_ranura(reloj: RelojManual) -> None:
    periodico = _periodico("contar")
    trabajos = TrabajosEmbebidos(reloj=reloj, horario=[periodico], de_reserva=True, gracia_s=30.0)
    tomar_trabajo("contar", "de otro", "celery", ahora=reloj.ahora(), vence_s=60)
    reloj.avanzar(3600 + 30)
    trabajos.pasar(periodico)
    assert HECHOS == []
    reloj.avanzar(1)
    trabajos.pasar(periodico)
    assert HECHOS == ["pasada"]
    trabajos.pasar(periodico)
    assert HECHOS == ["pasada"]


def test_con_redis_configurado_queda_de_reserva(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    Trabajo.objects.create(trabajo="contar", ranura="x", empezado_en=RelojSistema().ahora() - timedelta(seconds=5))
    trabajos = TrabajosEmbebidos(horario=[_periodico("contar")])
    with trabajos:
        assert trabajos._de_reserva is True
    assert HECHOS == []


def test_se_pueden_apagar(settings: Any) -> None:
    settings.TRABAJOS = False
    trabajos = TrabajosEmbebidos(horario=[_periodico("contar")])
    trabajos.iniciar()
    assert trabajos._hilos == []


@pytest.mark.parametrize("periodico", HORARIO, ids=lambda periodico: periodico.nombre)
def test_cada_trabajo_del_horario_se_hace_y_tiene_su_tarea_de_celery(
    periodico: Periodico, reloj: RelojManual, carpeta_datos: Any
) -> None:
    from timonel.celery import app

    app.loader.import_default_modules()
    assert periodico.cola in COLAS
    assert periodico.tarea in app.tasks
    assert app.conf.beat_schedule[periodico.nombre]["task"] == periodico.tarea
    assert periodico.vence_s > app.conf.task_time_limit
    periodico.hacer(reloj)


def test_los_plazos_de_celery_son_coherentes() -> None:
    from timonel.celery import app

    visibilidad = app.conf.broker_transport_options["visibility_timeout"]
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < visibilidad / 2
    assert app.conf.worker_soft_shutdown_timeout < app.conf.task_time_limit
    assert (list(app.conf.accept_content), app.conf.result_backend) == (["json"], None)
    assert not app.conf.task_create_missing_queues
    assert all(tarea.acks_late and tarea.reject_on_worker_lost for n, tarea in app.tasks.items() if n[:6] != "celery")
