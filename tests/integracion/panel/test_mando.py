"""Parar es de quien opera y no pide nada más; reanudar pide el refuerzo. Nada de esto abre posiciones."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from dominio.freno import Freno
from historial.models import EstadoFreno, Orden, OrdenMando
from historial.selectors import freno_vigente
from tests.integracion.acceso.ayudas import entrar, persona
from tests.integracion.panel import sembrado
from tests.integracion.panel.sembrado import BOT

PARAR, REANUDAR = "/mando/parar/", "/mando/reanudar/"
Como = Callable[[str], Client]


@pytest.fixture
def bot(db: None) -> None:
    sembrado.guardar_estado(Decimal(10000))


def test_parar_todo_frena_en_la_base_y_lo_pide_a_los_procesos(bot: None, como: Como) -> None:
    respuesta = como("operar").post(PARAR, {"ambito": "global", "volver": "/simulacion/"})
    assert respuesta.status_code == 302 and respuesta["Location"] == "/simulacion/"
    assert freno_vigente(bot=BOT) is Freno.DETENIDO
    orden = OrdenMando.objects.get()
    assert (orden.orden, orden.bot, orden.actor) == ("alto", "", "persona-operar")
    assert Orden.objects.count() == 0


def test_parar_un_bot_solo_frena_ese(bot: None, como: Como) -> None:
    como("operar").post(PARAR, {"ambito": "bot", "clave": BOT})
    assert EstadoFreno.objects.get(ambito="bot").clave == BOT
    assert freno_vigente(bot="otro") is Freno.ACTIVO


def test_quien_solo_lee_no_para_ni_reanuda(bot: None, como: Como) -> None:
    cliente = como("leer")
    assert cliente.post(PARAR, {"ambito": "global"}).status_code == 403
    assert cliente.post(REANUDAR, {"ambito": "global"}).status_code == 403
    assert OrdenMando.objects.count() == 0


def test_por_get_no_se_para_ni_se_reanuda(bot: None, como: Como) -> None:
    assert como("operar").get(PARAR).status_code == 405
    assert OrdenMando.objects.count() == 0


def test_sin_la_prueba_del_formulario_no_se_para(bot: None) -> None:
    cliente = Client(enforce_csrf_checks=True)
    cliente.force_login(persona("operar"), backend="django.contrib.auth.backends.ModelBackend")
    assert cliente.post(PARAR, {"ambito": "global"}).status_code == 403
    assert freno_vigente(bot=BOT) is Freno.ACTIVO


def test_reanudar_sin_refuerzo_lleva_a_confirmar_quien_es(bot: None, como: Como) -> None:
    cliente = como("operar")
    cliente.post(PARAR, {"ambito": "global"})
    respuesta = cliente.post(REANUDAR, {"ambito": "global"})
    assert respuesta.status_code == 302 and respuesta["Location"].startswith("/acceso/")
    assert freno_vigente(bot=BOT) is Freno.DETENIDO


def test_reanudar_con_refuerzo_suelta_el_freno(bot: None) -> None:
    cliente = entrar(persona("operar", factor=True), reforzada=True)
    cliente.post(PARAR, {"ambito": "global"})
    respuesta = cliente.post(REANUDAR, {"ambito": "global", "volver": "/"})
    assert respuesta["Location"] == "/"
    assert freno_vigente(bot=BOT) is Freno.ACTIVO
    assert [orden.orden for orden in OrdenMando.objects.order_by("pk")] == ["alto", "reanudar"]


def test_un_ambito_inventado_no_hace_nada(bot: None, como: Como) -> None:
    assert como("operar").post(PARAR, {"ambito": "marte"}).status_code == 302
    assert OrdenMando.objects.count() == 0 and EstadoFreno.objects.count() == 1


@pytest.mark.parametrize("destino", ["https://malo.example/", "//malo.example/", "javascript:alert(1)"])
def test_no_se_vuelve_a_otro_sitio(bot: None, como: Como, destino: str) -> None:
    assert como("operar").post(PARAR, {"ambito": "global", "volver": destino})["Location"] == "/"


def test_reanudar_una_errata_no_parece_un_exito(bot: None) -> None:
    cliente = entrar(persona("operar", factor=True), reforzada=True)
    cliente.post(REANUDAR, {"ambito": "bot", "clave": "derib"})
    assert OrdenMando.objects.count() == 0 and EstadoFreno.objects.count() == 1
