"""R32: cuerpos enormes, cabeceras falsas, orígenes ajenos y basura: nunca un 5xx, y lo revocado se corta.

Contra el servidor de verdad (uvicorn, por un socket) donde importa; el resto, con el cliente de pruebas.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.acceso import fichas, services
from dashboard.acceso.roles import poner_rol
from dashboard.cierre import al_cerrar, olvidar
from dominio.errores import ErrorConfiguracion, ErrorServicio
from dominio.reloj import RelojSistema
from tests.integracion.acceso.ayudas import entrar
from timonel.servidor import ServidorPanel

pytestmark = pytest.mark.fallos

DIEZ_MB = 10 * 1024 * 1024


def _cuenta(nombre: str, rol: str) -> User:
    usuario = User.objects.create(username=nombre, password="argon2$no-es-de-nadie")
    poner_rol(usuario, rol)
    return usuario


@pytest.fixture
def servido(transactional_db: None, carpeta_datos: Any) -> Iterator[ServidorPanel]:
    """El panel servido en un puerto libre, en su propio hilo y bucle."""
    listo, fin = threading.Event(), asyncio.Event()
    panel, bucle = ServidorPanel(puerto=0), asyncio.new_event_loop()

    async def servir() -> None:
        async with panel:
            listo.set()
            await fin.wait()

    hilo = threading.Thread(target=lambda: bucle.run_until_complete(servir()), daemon=True)
    hilo.start()
    assert listo.wait(60)
    yield panel
    bucle.call_soon_threadsafe(fin.set)
    hilo.join(30)
    assert not hilo.is_alive()
    bucle.close()


async def _a_trozos(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65_536):
        yield b"x" * 65_536


def test_r32_diez_megas_se_rechazan_sin_leerlos_enteros_en_memoria(servido: ServidorPanel) -> None:
    ficha = fichas.emitir("m", "operar", "prueba", horas=1, ahora=RelojSistema().ahora()).ficha

    async def probar() -> list[int]:
        async with httpx.AsyncClient(base_url=servido.url, timeout=30) as cliente:
            estados = []
            for ruta in ("/acceso/entrar/", "/api/v1/alto/", "/avisos/twilio/entrante/", "/nada"):
                cabeceras = {"Authorization": f"Token {ficha}"}
                estados.append((await cliente.post(ruta, content=b"x" * DIEZ_MB, headers=cabeceras)).status_code)
                estados.append((await cliente.post(ruta, content=_a_trozos(DIEZ_MB), headers=cabeceras)).status_code)
            return estados

    assert asyncio.run(probar()) == [413] * 8


def test_r32_un_host_falso_no_se_atiende(servido: ServidorPanel) -> None:
    for host in ("malo.example", "127.0.0.1.malo.example", "localhost@malo", "a b", "[::1"):
        respuesta = httpx.get(f"{servido.url}acceso/entrar/", headers={"Host": host}, timeout=30)
        assert respuesta.status_code == 400, host
        assert "malo" not in respuesta.text


def test_r32_los_estaticos_no_salen_de_su_carpeta(servido: ServidorPanel) -> None:
    import socket

    for ruta in (
        "/static/../timonel/settings.py",
        "/static/%2e%2e/settings.py",
        "/static//etc/passwd",
        "/static/\\..\\x",
    ):
        with socket.create_connection(("127.0.0.1", servido.puerto), timeout=10) as enchufe:
            enchufe.sendall(f"GET {ruta} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            assert enchufe.recv(64).split()[1] in (b"404", b"400"), ruta
    bueno = httpx.get(f"{servido.url}static/dashboard/css/acceso.css")
    assert (bueno.status_code, bueno.headers["cache-control"]) == (200, "no-cache")
    otra = httpx.get(bueno.url, headers={"If-None-Match": bueno.headers["etag"]})
    assert otra.status_code == 304
    fijo = httpx.get(f"{servido.url}static/dashboard/css/acceso.css?v={bueno.headers['etag'].strip(chr(34))}")
    assert "immutable" in fijo.headers["cache-control"]
    assert httpx.post(bueno.url).status_code == 405


def test_r32_la_sesion_revocada_corta_la_transmision(servido: ServidorPanel) -> None:
    """Retirada la cuenta, su transmisión se cierra antes de treinta segundos."""
    usuario = _cuenta("eva", "leer")
    galletas = {"timonel_sesion": entrar(usuario).cookies["timonel_sesion"].value}

    async def probar() -> float:
        cliente = httpx.AsyncClient(base_url=servido.url, cookies=galletas, timeout=60)
        async with cliente, cliente.stream("GET", "/api/v1/eventos/") as flujo:
            assert flujo.status_code == 200
            trozos = flujo.aiter_raw()
            await anext(trozos)
            await sync_to_async(services.retirar)("eva", "prueba", ahora=RelojSistema().ahora())
            desde = time.monotonic()
            async for _ in trozos:
                assert time.monotonic() - desde < 30
            return time.monotonic() - desde

    assert asyncio.run(probar()) < 30


@pytest.mark.django_db
def test_r32_sin_csrf_o_desde_otro_origen_nada_cambia() -> None:
    cliente = Client(enforce_csrf_checks=True)
    cliente.force_login(_cuenta("eva", "administrar"), backend="django.contrib.auth.backends.ModelBackend")
    ficha = cliente.get("/acceso/cuenta/").cookies["timonel_csrf"].value
    for ruta in ("/mando/parar/", "/acceso/salir/", "/acceso/claves/", "/api/v1/alto/"):
        tipo = {"content_type": "application/json"} if ruta.startswith("/api/") else {}
        assert cliente.post(ruta, {}, **tipo).status_code == 403, ruta
        ajeno = {"HTTP_ORIGIN": "https://malo.example", "HTTP_X_CSRFTOKEN": ficha}
        assert cliente.post(ruta, {}, **tipo, **ajeno).status_code == 403, ruta
        otro_puerto = {"HTTP_ORIGIN": "http://testserver:9999", "HTTP_X_CSRFTOKEN": ficha}
        assert cliente.post(ruta, {}, **tipo, **otro_puerto).status_code == 403, ruta
    assert cliente.get("/acceso/cuenta/").status_code == 200


def _direcciones(resolutor: URLResolver, prefijo: str = "/") -> Iterator[str]:
    for patron in resolutor.url_patterns:
        if isinstance(patron, URLResolver):
            yield from _direcciones(patron, prefijo + str(patron.pattern))
        else:
            yield prefijo + str(patron.pattern)


RELLENO = {"<slug:nombre>": "uno", "<str:nombre>": "x", "<int:ident>": "1", "<int:pk>": "1", "<str:ficha>": "x"}


def _rellenas() -> list[str]:
    rutas = []
    for ruta in _direcciones(get_resolver()):
        for hueco, valor in (RELLENO | {"<slug:id_cliente>": "a"}).items():
            ruta = ruta.replace(hueco, valor)
        if "eventos" not in ruta:  # transmite sin fin: tiene su propia prueba
            rutas.append(ruta)
    return rutas


basura = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["\x00", "-1", "1e400", "NaN", "9" * 30, "2026-13-45", "'; DROP TABLE x", "<script>", "../..", "%"]
    ),
)


@pytest.mark.django_db
def test_r32_la_basura_no_da_nunca_un_fallo_interno(carpeta_datos: Any) -> None:
    cliente = entrar(_cuenta("eva", "administrar"), reforzada=True)
    cliente.raise_request_exception = False
    rutas, nombres = (
        _rellenas(),
        ("bot", "desde", "hasta", "cursor", "orden", "pagina", "ambito", "nombre", "next", "id"),
    )
    claves = st.sampled_from(nombres)

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        ruta=st.sampled_from(rutas),
        datos=st.dictionaries(claves, basura, max_size=4),
        metodo=st.sampled_from(["get", "post", "put", "delete", "head", "options"]),
        tipo=st.sampled_from([None, "application/json", "text/plain", "multipart/form-data"]),
        cabecera=st.text(
            st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40
        ),  # lo que cabe en HTTP
    )
    def probar(ruta: str, datos: dict[str, str], metodo: str, tipo: str | None, cabecera: str) -> None:
        extra = {
            "HTTP_LAST_EVENT_ID": cabecera,
            "HTTP_HX_CURRENT_URL": cabecera,
            "HTTP_AUTHORIZATION": f"Token {cabecera}",
        }
        cuerpo: Any = datos
        if tipo is not None and metodo not in ("get", "head"):
            cuerpo, extra["content_type"] = repr(datos), tipo
        respuesta = getattr(cliente, metodo)(ruta, cuerpo, **extra)
        assert respuesta.status_code < 500, (metodo, ruta, datos, tipo)

    probar()


def test_r32_el_servidor_no_se_abre_a_otros_y_dice_si_el_puerto_esta_cogido(db: None) -> None:
    async def probar() -> None:
        async with ServidorPanel(puerto=0) as primero:
            with pytest.raises(ErrorServicio) as cogido:
                await ServidorPanel(puerto=primero.puerto).iniciar()
            assert cogido.value.codigo == "PAN-01"
        with pytest.raises(ErrorConfiguracion) as abierto:
            await ServidorPanel("0.0.0.0", 0).iniciar()
        assert abierto.value.codigo == "PAN-02"

    asyncio.run(probar())


def test_r32_al_cerrarse_avisa_a_las_transmisiones(db: None) -> None:
    avisos: list[str] = []

    def apuntar() -> None:
        avisos.append("cerrando")

    async def probar() -> float:
        al_cerrar(apuntar)
        panel = await ServidorPanel(puerto=0).iniciar()
        desde = time.monotonic()
        await panel.detener()
        await panel.detener()
        return time.monotonic() - desde

    try:
        assert asyncio.run(probar()) < 6
    finally:
        olvidar(apuntar)
    assert avisos == ["cerrando"]
