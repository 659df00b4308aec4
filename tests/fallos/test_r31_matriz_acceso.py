"""R31: toda ruta del servidor contra toda clase de visitante. Nadie pasa por donde la tabla no dice.

La lista de rutas sale del URLconf; lo esperado, de ``matriz_acceso``. Pasar es que la vista se ejecute (lo que haga
después, 200 o 404, es cosa suya); no pasar es 401, 403 o la ida a entrar o a confirmar, según la puerta.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from knox.models import AuthToken

from dashboard.acceso import fichas
from dashboard.acceso.roles import ROLES, cubre, poner_rol
from dominio.reloj import RelojSistema
from tests.fallos.matriz_acceso import (
    API,
    CUENTA,
    FIRMA,
    MATRIZ,
    MEDIDAS,
    OPERAR,
    PAGINA,
    PUBLICA,
    SOLO_CON_FACTOR,
    VIVO,
    Fila,
)
from tests.integracion.acceso.ayudas import SECRETO, entrar
from tests.integracion.acceso.conftest import sin_plazo  # noqa: F401 - es una preparación de pytest

pytestmark = [pytest.mark.fallos, pytest.mark.django_db]

VISITANTES = (
    "anonimo", "nadie", "leer", "operar", "administrar", "sin_factor", "sin_refuerzo",
    "ficha_leer", "ficha_operar", "ficha_administrar", "ficha_caducada", "ficha_revocada", "ficha_sin_alcance",
)  # fmt: skip
PASA, SIN_ENTRAR, SIN_PERMISO, SIN_REFUERZO = "pasa", "sin entrar", "sin permiso", "sin refuerzo"


def _rutas(resolutor: URLResolver, prefijo: str = "") -> Iterator[str]:
    for patron in resolutor.url_patterns:
        if isinstance(patron, URLResolver):
            yield from _rutas(patron, f"{prefijo}{patron.namespace}:" if patron.namespace else prefijo)
        else:
            yield f"{prefijo}{patron.name or patron.pattern}"


def test_cada_ruta_tiene_su_fila_y_cada_fila_su_ruta() -> None:
    assert sorted({fila.ruta for fila in MATRIZ}) == sorted(_rutas(get_resolver()))


@pytest.fixture
def visitantes(settings: Any) -> dict[str, Client]:
    """Un cliente de cada clase."""
    cache.clear()
    clientes = {"anonimo": Client(), "nadie": entrar(_cuenta("nadie"))}
    for rol in ROLES:
        clientes[rol] = _persona(rol, rol, factor=True, reforzada=True)
    clientes["sin_factor"] = _persona("sin_factor", "administrar", factor=False, reforzada=True)
    clientes["sin_refuerzo"] = _persona("sin_refuerzo", "administrar", factor=True, reforzada=False)
    for alcance in ROLES:
        clientes[f"ficha_{alcance}"] = _con_ficha(f"m-{alcance}", alcance)
    clientes["ficha_caducada"] = _con_ficha("caducada", "administrar")
    AuthToken.objects.filter(fila_alcance__nombre="caducada").update(
        expiry=RelojSistema().ahora() - timedelta(seconds=1)
    )
    clientes["ficha_revocada"] = _con_ficha("revocada", "administrar")
    fichas.revocar("revocada", "prueba", ahora=RelojSistema().ahora())
    duena = User.objects.create_user("duena")
    poner_rol(duena, "administrar")
    clientes["ficha_sin_alcance"] = Client(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(duena)[1]}")
    assert set(clientes) == set(VISITANTES)
    return clientes


def _persona(nombre: str, rol: str, *, factor: bool, reforzada: bool) -> Client:
    usuario = _cuenta(nombre)
    poner_rol(usuario, rol)
    if factor:
        TOTP.activate(usuario, SECRETO)
    return entrar(usuario, reforzada=reforzada, metodo="mfa" if factor else "password")


def _cuenta(nombre: str) -> User:
    """Crea una cuenta que tiene contraseña, aunque nadie la sepa: resumir una de verdad tarda."""
    return User.objects.create(username=nombre, password="argon2$no-es-de-nadie")


def _con_ficha(nombre: str, alcance: str) -> Client:
    nueva = fichas.emitir(nombre, alcance, "prueba", horas=1, ahora=RelojSistema().ahora())
    return Client(HTTP_AUTHORIZATION=f"Token {nueva.ficha}")


def esperado(fila: Fila, visitante: str) -> str:
    """Devuelve qué dice la tabla que le pasa a ese visitante en esa puerta."""
    if fila.via == PUBLICA:
        return PASA
    if fila.via == FIRMA:
        return SIN_PERMISO
    de_maquina = visitante.startswith("ficha_")
    if visitante == "anonimo" or (de_maquina and fila.via in (PAGINA, CUENTA)):
        return SIN_ENTRAR
    if visitante in ("ficha_caducada", "ficha_revocada", "ficha_sin_alcance"):
        return SIN_ENTRAR
    rol = {"nadie": "", "sin_factor": "administrar", "sin_refuerzo": "administrar"}.get(
        visitante, visitante.removeprefix("ficha_")
    )
    if fila.rol and not cubre(rol, fila.rol):
        return SIN_PERMISO
    return _con_refuerzo(fila, visitante, de_maquina)


def _con_refuerzo(fila: Fila, visitante: str, de_maquina: bool) -> str:
    if not fila.refuerzo:
        return PASA
    if fila.via == CUENTA:  # quien no tiene factor solo prueba su contraseña, y acaba de hacerlo o de entrar
        sin_probar = visitante == "nadie" and fila.ruta not in SOLO_CON_FACTOR
        return SIN_REFUERZO if visitante == "sin_refuerzo" or sin_probar else PASA
    return SIN_REFUERZO if de_maquina or visitante in ("sin_factor", "sin_refuerzo") else PASA


def obtenido(fila: Fila, cliente: Client) -> str:
    """Devuelve qué le pasa de verdad."""
    pedir = cliente.get if fila.metodo == "GET" else cliente.post
    extra = {"content_type": "application/json"} if fila.via == API and fila.metodo == "POST" else {}
    respuesta = pedir(reverse(fila.ruta, kwargs=fila.kwargs), fila.datos, **extra)
    destino = respuesta.headers.get("Location", "")
    confirmar = (reverse("acceso:segundo_factor"), reverse("mfa_reauthenticate"), reverse("account_reauthenticate"))
    a_confirmar = any(destino.startswith(f"{pagina}?") for pagina in confirmar)
    resultado = PASA
    if respuesta.status_code == 401 or (destino.startswith(f"{reverse('account_login')}?") and fila.via != PUBLICA):
        resultado = SIN_ENTRAR
    elif respuesta.status_code == 403:
        reforzable = any(codigo in respuesta.content for codigo in (b"ACC-05", b"ACC-06"))
        resultado = SIN_REFUERZO if reforzable else SIN_PERMISO
    elif a_confirmar:
        resultado = SIN_REFUERZO
    assert respuesta.status_code < 500, (fila, respuesta.status_code)
    return resultado


# La transmisión lee en otro hilo: necesita ver confirmado lo que prepara la prueba.
EN_VIVO = pytest.param(VIVO, marks=pytest.mark.django_db(transaction=True))


@pytest.mark.parametrize("via", [PAGINA, API, EN_VIVO, PUBLICA, CUENTA, FIRMA, MEDIDAS])
def test_r31_nadie_pasa_por_donde_no_debe(via: str, visitantes: dict[str, Client], carpeta_datos: Any) -> None:
    sorpresas = [
        (fila.metodo, fila.ruta, fila.datos, visitante, {"esperado": esperado(fila, visitante), "obtenido": hallado})
        for fila in MATRIZ
        if fila.via == via
        for visitante, cliente in visitantes.items()
        if (hallado := obtenido(fila, cliente)) != esperado(fila, visitante)
    ]
    assert not sorpresas


def test_la_tabla_distingue() -> None:
    """La propia tabla no está vacía de negativas: en cada puerta con permiso hay quien no pasa."""
    for fila in MATRIZ:
        if fila.via in (PAGINA, API, VIVO, MEDIDAS):
            resultados = {esperado(fila, visitante) for visitante in VISITANTES}
            assert SIN_ENTRAR in resultados, fila
            assert SIN_PERMISO in resultados, fila
    assert sum(fila.refuerzo for fila in MATRIZ) >= 8
    assert {fila.ruta for fila in MATRIZ if fila.rol == OPERAR} >= {"panel:parar", "api:alto"}
