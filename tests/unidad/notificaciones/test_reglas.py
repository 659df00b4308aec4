"""Qué evento produce qué aviso, y qué dice."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notificaciones import textos
from notificaciones.reglas import REGLAS, acciones
from notificaciones.tipos import Accion, NuevoAviso, Resuelto, Suceso, Urgencia

pytestmark = pytest.mark.rapido

EN = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
BOGOTA = ZoneInfo("America/Bogota")
FICHA = {"bot": "deriv_dinamico", "sede": "deriv", "cuenta": "DOT1", "moneda": "USD"}


def contar(
    tipo: str, datos: dict[str, Any], entorno: str = "simulado", flujo: str = "deriv_dinamico"
) -> tuple[Accion, ...]:
    return acciones(Suceso(id="7:42", flujo=flujo, tipo=tipo, datos=datos, en=EN), entorno, BOGOTA)


def un_aviso(tipo: str, datos: dict[str, Any], entorno: str = "simulado") -> NuevoAviso:
    avisos = [accion for accion in contar(tipo, datos, entorno) if isinstance(accion, NuevoAviso)]
    assert len(avisos) == 1
    return avisos[0]


def test_el_stop_dice_cuanto_perdio_y_hasta_cuando() -> None:
    datos = {
        **FICHA, "balance": "9891.25", "pico": "10000", "perdida_acumulada": "108.75", "nivel_stop": "9900",
        "reanuda_en": "2026-03-03T13:05:00+00:00", "tanda": 1,
    }  # fmt: skip
    aviso = un_aviso("STOP_LOSS", datos, "real")
    assert aviso.cabecera == "[REAL] deriv_dinamico"
    assert "perdió 108,75 USD (1,09 %) desde el pico de 10.000,00 USD" in aviso.que_paso
    assert "le quedan 9.891,25 USD" in aviso.que_paso
    assert "en pausa hasta el 03/03 08:05 (13:05 UTC)" in aviso.hecho
    assert (aviso.tipo, aviso.urgencia, aviso.clave) == ("stop_loss", Urgencia.HOY, "evento:7:42")


@pytest.mark.parametrize(
    ("entorno", "dice"),
    [
        ("simulado", "[SIMULADO]"),
        ("papel", "[PAPEL]"),
        ("demo", "[DEMO]"),
        ("real", "[REAL]"),
        ("real+simulado", "[REAL y SIMULADO]"),
        ("", "[DINERO SIN CONFIRMAR]"),
        ("otro", "[DINERO SIN CONFIRMAR]"),
    ],
)
def test_con_que_dinero_va_siempre_delante(entorno: str, dice: str) -> None:
    aviso = un_aviso("INICIO_OPERATIVA", {**FICHA, "balance": "10000", "tanda": 1}, entorno)
    cuerpo = textos.cuerpo(textos.variables(aviso, "TMAAAAAAAAAA"))
    assert cuerpo.startswith(f"Timonel {dice} deriv_dinamico. Empieza a operar")


def test_el_fin_de_pausa_dice_la_hora_y_el_veredicto() -> None:
    datos = {
        **FICHA,
        "hora_elegida": 9,
        "entra_en": "2026-03-03T14:00:00+00:00",
        "veredicto": "no se distingue del azar",
    }
    aviso = un_aviso("FIN_DE_PAUSA", datos)
    assert "las 9:00" in aviso.que_paso
    assert "Veredicto: no se distingue del azar." in aviso.que_paso
    assert "03/03 09:00 (14:00 UTC)" in aviso.hecho
    sin_hora = un_aviso("FIN_DE_PAUSA", {**datos, "hora_elegida": None})
    assert "sin datos bastantes" in sin_hora.que_paso


@pytest.mark.parametrize("tipo", ["REACTIVADO", "SIN_SALDO", "HORA_ELEGIDA", "MOVIMIENTO_AJENO", "externa"])
def test_los_demas_sucesos_se_cuentan_hoy(tipo: str) -> None:
    datos = {
        **FICHA,
        "balance": "500",
        "tanda": 2,
        "importe": "100",
        "motivo": "deposit",
        "hora_elegida": 3,
        "entra_en": None,
    }
    assert un_aviso(tipo, datos).urgencia is Urgencia.HOY


def freno(antes: str | None, estado: str, ambito: str = "global", clave: str = "") -> tuple[Accion, ...]:
    datos = {
        "ambito": ambito,
        "clave": clave,
        "antes": antes,
        "estado": estado,
        "motivo": "descuadre",
        "actor": "sistema",
    }
    return contar("freno", datos, flujo="freno")


def test_el_alto_es_una_emergencia_que_se_calla_al_quitarlo() -> None:
    (aviso,) = freno("ACTIVO", "DETENIDO", "bot", "b1")
    assert isinstance(aviso, NuevoAviso)
    assert (aviso.urgencia, aviso.tipo, aviso.bot, aviso.asunto) == (Urgencia.YA, "emergencia", "b1", "freno:bot:b1")
    assert "descuadre" in aviso.que_paso
    assert "protecciones y liquidaciones siguen" in aviso.hecho
    resuelto, quitado = freno("DETENIDO", "ACTIVO", "bot", "b1")
    assert resuelto == Resuelto("freno:bot:b1", "freno quitado")
    assert isinstance(quitado, NuevoAviso)
    assert quitado.urgencia is Urgencia.HOY


def test_repetir_el_mismo_freno_no_avisa_otra_vez() -> None:
    assert freno("DETENIDO", "DETENIDO") == ()
    assert freno(None, "ACTIVO") == ()
    assert [type(a) for a in freno(None, "DETENIDO")] == [NuevoAviso]
    (pausa,) = freno("ACTIVO", "REDUCIENDO")
    assert isinstance(pausa, NuevoAviso)
    assert pausa.urgencia is Urgencia.HOY


def test_una_orden_desconocida_espera_un_minuto_y_se_calla_si_se_aclara() -> None:
    datos = {"id_cliente": "abc", "desde": "ENVIANDO", "estado": "DESCONOCIDA", "motivo": "plazo"}
    aviso = un_aviso("orden", datos)
    assert (aviso.urgencia, aviso.esperar_s, aviso.asunto) == (Urgencia.YA, 60.0, "orden:abc")
    for estado in ("ACEPTADA", "NO_COLOCADA", "RECHAZADA"):
        assert contar("orden", {**datos, "desde": "DESCONOCIDA", "estado": estado}) == (
            Resuelto("orden:abc", f"orden {estado}"),
        )
    resuelto, revision = contar("orden", {**datos, "desde": "DESCONOCIDA", "estado": "REVISION"})
    assert isinstance(resuelto, Resuelto)
    assert isinstance(revision, NuevoAviso)
    assert revision.esperar_s == 0
    assert "timonel resolver abc" in revision.se_espera


def test_lo_corriente_no_molesta() -> None:
    assert contar("orden", {"id_cliente": "abc", "desde": "ENVIANDO", "estado": "ACEPTADA"}) == ()
    for tipo in ("operacion", "balance", "ficticia", "latido", "META_ALCANZADA", "aviso", "configuracion", "mando"):
        assert contar(tipo, {**FICHA}) == ()


@pytest.mark.parametrize("tipo", sorted(REGLAS))
@pytest.mark.parametrize(
    "datos", [{}, {"balance": "nada", "perdida_acumulada": None, "pico": "0", "reanuda_en": "ayer"}]
)
def test_un_evento_raro_no_rompe_la_traduccion(tipo: str, datos: dict[str, Any]) -> None:
    for accion in contar(tipo, datos):
        if isinstance(accion, NuevoAviso):
            assert textos.cuerpo(textos.variables(accion, "TMAAAAAAAAAA"))


def test_el_texto_cabe_siempre_en_una_plantilla() -> None:
    largo = "x" * 5000 + "\n\n   y"
    aviso = NuevoAviso(
        clave="c", tipo="emergencia", urgencia=Urgencia.YA, cabecera=largo, que_paso=largo, hecho=largo,
        se_espera=largo, ocurrido_en=EN,
    )  # fmt: skip
    partes = textos.variables(aviso, "TMAAAAAAAAAA", 11)
    assert len(textos.cuerpo(partes)) <= textos.MAXIMO
    assert all("\n" not in valor and "  " not in valor and valor for valor in partes.values())


def test_la_marca_es_estable_y_distinta_para_cada_mensaje() -> None:
    base = ("evento:1", "destino-1", "whatsapp", 0, EN)
    marcas = {
        textos.marca(*base),
        textos.marca("evento:2", *base[1:]),
        textos.marca("evento:1", "destino-2", *base[2:]),
        textos.marca("evento:1", "destino-1", "apprise", 0, EN),
        textos.marca("evento:1", "destino-1", "whatsapp", 1, EN),
        textos.marca("evento:1", "destino-1", "whatsapp", 0, EN.replace(microsecond=1)),
    }
    assert len(marcas) == 6
    assert textos.marca(*base) == textos.marca(*base)
    assert all(len(marca) == 12 and marca.startswith("TM") for marca in marcas)


def test_un_reloj_desviado_es_una_emergencia_si_no_se_arregla_solo() -> None:
    datos = {"codigo": "REL-01", "desvio_s": -7.25}
    aviso = un_aviso("RELOJ_DESVIADO", datos, "real")
    assert (aviso.tipo, aviso.urgencia, aviso.bot) == ("emergencia", Urgencia.YA, "deriv_dinamico")
    assert "7,25 s" in aviso.que_paso
    assert aviso.esperar_s > 0
    assert contar("RELOJ_EN_HORA", datos) == (Resuelto(aviso.asunto, "reloj en hora"),)


def test_un_reloj_desviado_sin_cifra_tambien_se_cuenta() -> None:
    assert un_aviso("RELOJ_DESVIADO", {}).urgencia is Urgencia.YA
