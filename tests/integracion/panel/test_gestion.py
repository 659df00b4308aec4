"""Avisos, Sistema y Ajustes: lo que enseñan, quién puede qué, y qué pide confirmar quién es."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from core.definiciones.selectors import buscar, historia_de_bot
from core.ficheros_bots import ficheros
from historial.models import FilaAuditoria, OrdenMando
from historial.services import publicar_evento, registrar_auditoria
from notificaciones.config import desde_entorno
from notificaciones.models import Aviso
from notificaciones.services import notificar_emergencia, notificar_prueba
from tests.integracion.panel import sembrado

pytestmark = pytest.mark.bd
BOT = "deriv_dinamico"
TWILIO = {
    "TIMONEL_TWILIO_URL": "http://127.0.0.1:9",
    "TIMONEL_TWILIO_CUENTA": "AC" + "0" * 32,
    "TIMONEL_TWILIO_TOKEN": "de-prueba",
    "TIMONEL_TWILIO_REMITENTE": "+15005550006",
    "TIMONEL_WHATSAPP_DESTINOS": "+15005550007,+15005550008",
}


@pytest.fixture
def admin(como: Callable[[str], Client], carpeta_datos: Path) -> Client:
    return como("administrar")


@pytest.fixture
def reforzada(monkeypatch: pytest.MonkeyPatch) -> None:
    """La persona acaba de confirmar quién es."""
    monkeypatch.setattr("dashboard.acceso.refuerzo.exigir", lambda _peticion, **_que: None)
    monkeypatch.setattr("dashboard.pagina.ajustes.views.exigir", lambda _peticion, **_que: None)
    monkeypatch.setattr("dashboard.pagina.ajustes.views.reforzada", lambda _peticion, **_que: True)


def _texto(cliente: Client, ruta: str, **cabeceras: str) -> str:
    respuesta = cliente.get(ruta, headers=cabeceras)
    assert respuesta.status_code == 200, respuesta.content[:500]
    return str(respuesta.content.decode())


def _valores(cliente: Client, datos: Path) -> dict[str, str]:
    from dashboard.pagina.ajustes import lecturas

    return {"huella": lecturas.huella(lecturas.vigente(BOT, datos))}


# --- Avisos ---------------------------------------------------------------------------------------------------------


def test_la_bandeja_dice_la_suerte_de_cada_destinatario_y_nunca_su_numero(admin: Client) -> None:
    notificar_prueba("ana", clave="prueba:1", config=desde_entorno(TWILIO), ahora=sembrado.AHORA, entorno="simulado")
    Aviso.objects.filter(destino="destino-2").update(estado="fallido", codigo_error="63003", intentos=3)
    html = _texto(admin, "/avisos/")
    for frase in (
        "Destinatario 1",
        "EN COLA",
        "Destinatario 2",
        "FALLÓ",
        "Ese número no tiene WhatsApp.",
        "3 intentos",
    ):
        assert frase in html
    assert "1500555" not in html
    assert "Ningún aviso cumple ese filtro." in _texto(admin, "/avisos/?ver=acusar")


def test_el_boton_de_prueba_pone_un_mensaje_por_destinatario(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for nombre, valor in TWILIO.items():
        monkeypatch.setenv(nombre, valor)
    html = admin.post("/avisos/prueba/", follow=True).content.decode()
    assert "Mensaje de prueba en la bandeja: 2 destinatarios." in html
    assert Aviso.objects.filter(tipo__contains="prueba").count() == 2


def test_sin_configurar_no_se_envia_nada_y_se_dice_que_falta(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for nombre in TWILIO:
        monkeypatch.delenv(nombre, raising=False)
    assert "No hay ningún canal configurado" in admin.post("/avisos/prueba/", follow=True).content.decode()
    assert not Aviso.objects.exists()
    assert "TIMONEL_TWILIO_CUENTA" in _texto(admin, "/avisos/")


def test_acusar_recibo_deja_de_repetir(admin: Client) -> None:
    config = desde_entorno(TWILIO)
    notificar_emergencia("Es una prueba.", clave="emergencia:1", config=config, ahora=sembrado.AHORA, bot=BOT)
    assert "Recibido" in _texto(admin, "/avisos/?ver=acusar")
    clave = Aviso.objects.values_list("clave", flat=True)[0]
    admin.post("/avisos/acuse/", {"clave": clave})
    assert not Aviso.objects.filter(repetir_hasta_acuse=True, acuse_en=None).exists()


# --- Sistema --------------------------------------------------------------------------------------------------------


def test_la_salud_dice_si_el_bot_da_senales(admin: Client) -> None:
    assert "Ningún bot ha dado señales todavía" in _texto(admin, "/sistema/")
    sembrado.latir()
    assert "CONECTADO" in _texto(admin, "/sistema/")
    sembrado.latir(ahora=sembrado.AHORA - timedelta(minutes=5))
    trozo = _texto(admin, "/sistema/", **{"HX-Request": "true"})
    assert "SIN SEÑAL" in trozo and "<html" not in trozo


def test_verificar_la_auditoria_dice_si_esta_entera(admin: Client) -> None:
    registrar_auditoria("prueba", "algo", {"n": 1}, actor="ana", ahora=sembrado.AHORA)
    assert "La auditoría está entera" in admin.post("/sistema/auditoria/", follow=True).content.decode()


def test_quien_solo_lee_no_verifica_ni_envia(como: Callable[[str], Client]) -> None:
    lector = como("leer")
    for ruta in ("/sistema/auditoria/", "/avisos/prueba/", "/avisos/acuse/", f"/ajustes/bots/{BOT}/mando/"):
        assert lector.post(ruta).status_code == 403
    for ruta in ("/ajustes/bots/crear/", f"/ajustes/bots/{BOT}/guardar/", "/ajustes/fichas/emitir/"):
        assert como("operar").post(ruta).status_code == 403


# --- Ajustes --------------------------------------------------------------------------------------------------------


def test_bajar_el_riesgo_se_guarda_y_avisa_al_supervisor(admin: Client, carpeta_datos: Path) -> None:
    datos = _valores(admin, carpeta_datos) | {"regla__stop_pct": "0,5"}
    assert "Guardado." in admin.post(f"/ajustes/bots/{BOT}/guardar/", datos, follow=True).content.decode()
    assert str(buscar(BOT, ficheros(carpeta_datos)).regla.stop_pct) == "0.5"
    # Solo se guarda lo que cambia: lo demás sigue diciéndolo su fichero.
    assert json.loads(historia_de_bot(BOT)[0].despues) == {"regla": {"stop_pct": "0.5"}}
    assert [m.orden for m in OrdenMando.objects.filter(bot=BOT)] == ["reconfigurar"]


def test_subir_el_riesgo_sin_confirmar_quien_es_no_guarda_nada(admin: Client, carpeta_datos: Path) -> None:
    datos = _valores(admin, carpeta_datos) | {"regla__stop_pct": "3"}
    respuesta = admin.post(f"/ajustes/bots/{BOT}/guardar/", datos)
    assert respuesta.status_code == 302 and "/acceso/" in respuesta["Location"]
    assert historia_de_bot(BOT) == []
    previa = _texto(admin, f"/ajustes/bots/{BOT}/previa/?regla__stop_pct=3")
    assert "SUBE" in previa and "confirmar quién es" in previa


def test_subir_el_riesgo_confirmado_se_guarda(admin: Client, carpeta_datos: Path, reforzada: None) -> None:
    datos = _valores(admin, carpeta_datos) | {"regla__stop_pct": "3"}
    admin.post(f"/ajustes/bots/{BOT}/guardar/", datos)
    assert str(buscar(BOT, ficheros(carpeta_datos)).regla.stop_pct) == "3"


def test_si_otro_lo_cambio_entretanto_no_se_pisa(admin: Client, carpeta_datos: Path) -> None:
    datos = _valores(admin, carpeta_datos)
    admin.post(f"/ajustes/bots/{BOT}/guardar/", datos | {"regla__meta_pct": "2"})
    html = admin.post(f"/ajustes/bots/{BOT}/guardar/", datos | {"regla__meta_pct": "3"}, follow=True).content.decode()
    assert "cambió entretanto" in html
    assert str(buscar(BOT, ficheros(carpeta_datos)).regla.meta_pct) == "2"


def test_cada_campo_malo_lleva_su_frase(admin: Client) -> None:
    ruta = f"/ajustes/bots/{BOT}/previa/?regla__monto_pct=9&contrato__duracion=dos&pausa__zona=Marte&activos="
    respuesta = admin.get(ruta)
    assert respuesta.status_code == 422
    html = respuesta.content.decode()
    for frase in (
        "Debe ser 0.5 o menos.",
        "Escriba un número entero.",
        "no es una zona horaria",
        "Escriba al menos uno.",
    ):
        assert frase in html
    assert html.count('aria-invalid="true"') == 4


def test_un_bot_nuevo_nace_simulado_con_lo_del_otro(admin: Client, carpeta_datos: Path) -> None:
    admin.post(f"/ajustes/bots/{BOT}/guardar/", _valores(admin, carpeta_datos) | {"regla__meta_pct": "2"})
    assert (
        "Creado." in admin.post("/ajustes/bots/crear/", {"nombre": "otro", "base": BOT}, follow=True).content.decode()
    )
    nuevo = buscar("otro", ficheros(carpeta_datos))
    assert (str(nuevo.entorno), str(nuevo.regla.meta_pct)) == ("simulado", "2")
    for nombre in ("otro", "freno", "Con Mayúsculas", ""):
        html = admin.post("/ajustes/bots/crear/", {"nombre": nombre, "base": BOT}, follow=True).content.decode()
        assert "PAN-23" in html or "mensaje-error" in html


def test_parar_un_proceso_no_pide_nada_y_arrancarlo_si(admin: Client) -> None:
    admin.post(f"/ajustes/bots/{BOT}/mando/", {"orden": "parar"})
    assert "/acceso/" in admin.post(f"/ajustes/bots/{BOT}/mando/", {"orden": "arrancar"})["Location"]
    admin.post(f"/ajustes/bots/{BOT}/mando/", {"orden": "borrar"})
    assert [m.orden for m in OrdenMando.objects.all()] == ["parar"]


def test_una_ficha_se_ve_una_vez_y_se_revoca(admin: Client, reforzada: None, monkeypatch: pytest.MonkeyPatch) -> None:
    html = admin.post("/ajustes/fichas/emitir/", {"nombre": "vigia", "alcance": "leer", "horas": "24"}).content.decode()
    ficha = html.split('id="secreto"')[1].split('value="')[1].split('"')[0]
    assert len(ficha) > 30
    ajustes = _texto(admin, "/ajustes/")
    assert "vigia" in ajustes and ficha not in ajustes
    admin.post("/ajustes/fichas/revocar/", {"nombre": "vigia"})
    assert "Ningún programa tiene ficha" in _texto(admin, "/ajustes/")


def test_nadie_se_retira_a_si_mismo(admin: Client) -> None:
    quien = admin.get("/ajustes/").wsgi_request.user.get_username()
    assert (
        "No puede retirarse a sí mismo."
        in admin.post("/ajustes/personas/retirar/", {"nombre": quien}, follow=True).content.decode()
    )
    assert FilaAuditoria.objects.filter(accion="cuenta_retirada").count() == 0


def test_la_pagina_de_ajustes_se_refresca_con_los_mandos(admin: Client) -> None:
    publicar_evento("mando", "mando", {}, ahora=sembrado.AHORA)
    assert 'data-vivo="mando configuracion"' in _texto(admin, "/ajustes/")
