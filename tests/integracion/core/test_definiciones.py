"""Crear, clonar y cambiar bots desde el panel, y cómo se ven después."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.registro import bot_vigente, bots_vigentes
from core.configuracion import ConfigBot
from core.definiciones.selectors import historia_de_bot, nombres
from core.definiciones.services import cambiar_bot, clonar_bot, crear_bot
from core.ficheros_bots import ficheros
from dominio.errores import ErrorConfiguracion, ErrorUsuario
from historial.models import Configuracion, FilaAuditoria
from historial.services import fijar_configuracion

pytestmark = pytest.mark.django_db
AHORA = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOT = "deriv_dinamico"


@pytest.fixture
def como(carpeta_datos: Path) -> dict[str, Any]:
    return {"ficheros": ficheros(carpeta_datos), "actor": "ana", "ahora": AHORA}


def test_un_cambio_queda_por_encima_del_fichero_con_su_historia(como: dict[str, Any], carpeta_datos: Path) -> None:
    bajado = cambiar_bot(BOT, {"regla": {"monto_pct": 0.25}}, **como)
    assert (bajado.guardado, bajado.sube_riesgo, bajado.errores) == (True, (), {})
    cambiar_bot(BOT, {"regla": {"stop_pct": "0.5"}}, **como)
    vigente = bot_vigente(BOT, carpeta_datos)
    assert (str(vigente.regla.monto_pct), str(vigente.regla.stop_pct)) == ("0.25", "0.5")
    assert [cambio.actor for cambio in historia_de_bot(BOT)] == ["ana", "ana"]
    assert FilaAuditoria.objects.filter(flujo="configuracion", objeto=f"bot.{BOT}").count() == 2
    assert not cambiar_bot(BOT, {"regla": {"stop_pct": "0.5"}}, **como).guardado


def test_subir_el_riesgo_no_se_guarda_sin_refuerzo(como: dict[str, Any], carpeta_datos: Path) -> None:
    cambiar_bot(BOT, {"regla": {"monto_pct": "0.1"}}, **como)
    sin = cambiar_bot(BOT, {"regla": {"monto_pct": "0.2"}}, **como)
    assert (sin.guardado, sin.falta_refuerzo, sin.sube_riesgo) == (False, True, ("regla.monto_pct",))
    assert str(bot_vigente(BOT, carpeta_datos).regla.monto_pct) == "0.1"
    assert cambiar_bot(BOT, {"regla": {"monto_pct": "0.2"}}, **como, con_refuerzo=True).guardado
    assert str(bot_vigente(BOT, carpeta_datos).regla.monto_pct) == "0.2"


def test_lo_que_no_vale_vuelve_con_su_campo_y_no_se_guarda(como: dict[str, Any]) -> None:
    malo = cambiar_bot(BOT, {"regla": {"monto_pct": 7}, "pausa": {"zona": "Marte/Olimpo"}}, **como)
    assert set(malo.errores) == {"regla.monto_pct", "pausa.zona"} and not malo.guardado
    assert set(cambiar_bot(BOT, {"nombre": "otro"}, **como).errores) == {"nombre"}
    assert not Configuracion.objects.filter(clave__startswith="bot.").exists()
    with pytest.raises(ErrorUsuario) as fallo:
        cambiar_bot("deriv_dinamic", {}, **como)
    assert fallo.value.codigo == "BOT-01"


def test_crear_y_clonar_hacen_bots_que_solo_estan_en_la_base(como: dict[str, Any], carpeta_datos: Path) -> None:
    nuevo = {"nombre": "nuevo", "familia": "deriv_dinamico", "activos": ["R_10"]}
    assert crear_bot(nuevo, **como).guardado
    assert set(crear_bot(nuevo, **como).errores) == {"nombre"}
    assert set(crear_bot({**nuevo, "nombre": BOT}, **como).errores) == {"nombre"}
    for malo in ("../x", "freno"):
        assert set(crear_bot({**nuevo, "nombre": malo}, **como).errores) == {"nombre"}
    assert clonar_bot(BOT, "copia", {"activos": ["R_25"]}, **como).guardado
    assert set(nombres(como["ficheros"])) == {BOT, "nuevo", "copia"}
    copia = bot_vigente("copia", carpeta_datos)
    original = bot_vigente(BOT, carpeta_datos)
    assert copia == original.model_copy(update={"nombre": "copia", "activos": ("R_25",)})
    real = clonar_bot(BOT, "de_verdad", {"entorno": "real", "senales": {"exigir_ventaja": True}}, **como)
    assert real.falta_refuerzo and "de_verdad" not in nombres(como["ficheros"])


def test_un_json_roto_no_tumba_a_los_demas(como: dict[str, Any], carpeta_datos: Path) -> None:
    fijar_configuracion("bot.roto", "{", "ana", ahora=AHORA)
    fijar_configuracion(f"bot.{BOT}", '{"regla": {"monto_pct": 9}}', "ana", ahora=AHORA)
    crear_bot({"nombre": "sano", "familia": "deriv_dinamico", "activos": ["R_10"]}, **como)
    vistos = bots_vigentes(carpeta_datos)
    assert isinstance(vistos["sano"], ConfigBot)
    for nombre in ("roto", BOT):
        roto = vistos[nombre]
        assert isinstance(roto, ErrorConfiguracion) and roto.codigo == "CFG-05"
        with pytest.raises(ErrorConfiguracion):
            bot_vigente(nombre, carpeta_datos)
    assert "" in cambiar_bot("roto", {"activos": ["R_10"]}, **como).errores
    arreglado = cambiar_bot(BOT, {"regla": {"monto_pct": "0.1"}}, **como)
    assert arreglado.guardado and str(bot_vigente(BOT, carpeta_datos).regla.monto_pct) == "0.1"
