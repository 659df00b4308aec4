"""El refuerzo: qué lo da, cuánto dura y a quién no se le pide."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from dashboard.acceso.refuerzo import ConRefuerzo, ErrorRefuerzo, exige_refuerzo, exigir, reforzada
from tests.integracion.acceso.ayudas import CONTRASENA, codigo, entrar, persona, reforzar

pytestmark = pytest.mark.django_db


def _peticion(cliente: Client, usuario: Any, metodo: str = "post", **cabeceras: str) -> Any:
    peticion = getattr(RequestFactory(), metodo)("/ajustes/?x=1", **cabeceras)
    peticion.session, peticion.user = cliente.session, usuario
    return peticion


def _codigo_de(peticion: Any) -> str:
    with pytest.raises(ErrorRefuerzo) as fallo:
        exigir(peticion)
    return fallo.value.codigo


def test_vale_cinco_minutos_y_ni_un_segundo_mas() -> None:
    usuario = persona("administrar", factor=True)
    for hace, vale in ((0, True), (298, True), (300, False), (3600, False), (-60, False)):
        cliente = entrar(usuario, reforzada=True, hace_s=hace)
        assert reforzada(_peticion(cliente, usuario)) is vale, hace


def test_la_contrasena_no_basta_a_quien_tiene_factor_ni_a_quien_no_lo_tiene() -> None:
    con, sin = persona("administrar", "con", factor=True), persona("administrar", "sin")
    assert _codigo_de(_peticion(entrar(con, reforzada=True, metodo="password"), con)) == "ACC-05"
    assert _codigo_de(_peticion(entrar(sin, reforzada=True, metodo="password"), sin)) == "ACC-06"


def test_el_refuerzo_de_otra_cuenta_no_vale() -> None:
    uno, otro = persona("administrar", "uno", factor=True), persona("administrar", "otro", factor=True)
    cliente = entrar(uno)
    reforzar(cliente, otro)
    assert _codigo_de(_peticion(cliente, uno)) == "ACC-05"


def test_una_ficha_y_un_anonimo_no_se_refuerzan() -> None:
    usuario = persona("administrar", factor=True)
    peticion = _peticion(entrar(usuario, reforzada=True), usuario)
    peticion.auth = object()
    assert _codigo_de(peticion) == "ACC-05"
    assert _codigo_de(_peticion(Client(), AnonymousUser())) == "ACC-05"


def test_en_la_demostracion_basta_la_contrasena_pero_solo_en_este_equipo(settings: Any) -> None:
    settings.SOLO_SIMULADO = True
    usuario = persona("administrar")
    cliente = entrar(usuario)
    assert _codigo_de(_peticion(cliente, usuario)) == "ACC-05"
    reforzar(cliente, usuario, metodo="password")
    assert reforzada(_peticion(cliente, usuario))
    assert not reforzada(_peticion(cliente, usuario), con_dinero=True)  # salir de lo simulado pide el segundo factor
    assert _codigo_de(_peticion(cliente, usuario, REMOTE_ADDR="192.0.2.7")) == "ACC-06"
    settings.PRODUCCION = True
    assert _codigo_de(_peticion(cliente, usuario)) == "ACC-06"


def test_el_permiso_de_la_api_dice_su_codigo() -> None:
    usuario = persona("administrar")
    permiso = ConRefuerzo()
    peticion = _peticion(entrar(usuario), usuario)
    assert not permiso.has_permission(peticion, None)
    assert permiso.code == "ACC-06"


def test_cada_quien_recibe_su_respuesta() -> None:
    @exige_refuerzo
    def vista(peticion: Any) -> HttpResponse:
        return HttpResponse("hecho")

    usuario = persona("administrar", factor=True)
    cliente = entrar(usuario)
    pagina = vista(_peticion(cliente, usuario, HTTP_REFERER="http://testserver/bot/uno/?dia=2"))
    assert pagina["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fbot%2Funo%2F%3Fdia%3D2"
    ajena = vista(_peticion(cliente, usuario, HTTP_REFERER="https://malo.example/x"))
    assert ajena["Location"].endswith("?next=%2F")
    de_htmx = vista(_peticion(cliente, usuario, HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/bot/"))
    assert (de_htmx.status_code, de_htmx["HX-Redirect"]) == (403, f"{reverse('mfa_reauthenticate')}?next=%2Fbot%2F")
    programa = vista(_peticion(cliente, usuario, HTTP_ACCEPT="application/json"))
    assert (programa.status_code, b"ACC-05" in programa.content) == (403, True)
    reforzar(cliente, usuario)
    assert vista(_peticion(cliente, usuario)).content == b"hecho"


def test_confirmar_devuelve_a_la_pagina_de_la_que_se_venia() -> None:
    usuario = persona("administrar", factor=True)
    cliente = entrar(usuario)
    a_confirmar = cliente.get(reverse("acceso:claves"))
    assert a_confirmar["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Facceso%2Fclaves%2F"
    assert cliente.get(a_confirmar["Location"]).status_code == 200
    vuelta = cliente.post(reverse("mfa_reauthenticate"), {"code": codigo(), "next": reverse("acceso:claves")})
    assert vuelta["Location"] == reverse("acceso:claves")
    assert cliente.get(reverse("acceso:claves")).status_code == 200


def test_con_la_contrasena_no_se_cambia_el_factor_de_nadie() -> None:
    cliente = entrar(persona("administrar", factor=True))
    cliente.post(reverse("account_reauthenticate"), {"password": CONTRASENA})
    for ruta in ("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "account_change_password"):
        for respuesta in (cliente.get(reverse(ruta)), cliente.post(reverse(ruta))):
            assert respuesta.status_code == 302, ruta
            assert respuesta["Location"].startswith(reverse("mfa_reauthenticate")), ruta
