"""Quién puede seguir los eventos, y qué pasa cuando deja de poder."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from asgiref.sync import sync_to_async

from dashboard.api import eventos as vista
from dashboard.vivo import flujo
from historial.services import conexion
from tests.integracion.vivo.lector import Lector, con_plazo, leer, sesion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
RUTA = "/api/v1/eventos/"


async def _pedir(url: str, cabeceras: dict[str, str], metodo: str = "GET") -> tuple[int, dict[str, Any]]:
    async with sesion() as cliente, cliente.request(metodo, url, headers=cabeceras) as respuesta:
        return respuesta.status, await respuesta.json()


def _codigo(servidor: Any, cabeceras: dict[str, str], consulta: str = "", metodo: str = "GET") -> tuple[int, str]:
    estado, cuerpo = asyncio.run(con_plazo(_pedir(servidor.url + RUTA + consulta, cabeceras, metodo)))
    assert {"codigo", "mensaje", "detalle"} <= cuerpo.keys()
    return estado, cuerpo["codigo"]


def test_sin_entrar_o_sin_permiso_no_se_sigue_nada(servidor: Any, entrar: Callable[..., dict[str, str]]) -> None:
    assert _codigo(servidor, {}) == (401, "ACC-01")
    assert _codigo(servidor, {"Cookie": "timonel_sesion=inventada"}) == (401, "ACC-01")
    assert _codigo(servidor, {"Authorization": "Token inventada"})[0] == 401
    assert _codigo(servidor, entrar(rol="")) == (403, "ACC-02")


def test_lo_mal_pedido_se_dice(servidor: Any, cabeceras: dict[str, str]) -> None:
    for desde in ("x", "1", "1-", "-1", "99999999999999999999-1"):
        assert _codigo(servidor, cabeceras, f"?desde={desde}") == (400, "API-400")
    assert _codigo(servidor, cabeceras, "", "PUT")[0] in (403, 405)
    assert _codigo(servidor, cabeceras, "?" + "&".join(f"bot=b{n}" for n in range(60))) == (400, "API-400")


def test_una_ficha_con_alcance_de_leer_tambien_sigue_los_eventos(servidor: Any) -> None:
    from dashboard.acceso import fichas
    from dominio.reloj import RelojSistema

    emitida = fichas.emitir("programa", "leer", "ana", horas=1, ahora=RelojSistema().ahora())
    lector = Lector(servidor.url, {"Authorization": f"Token {emitida.ficha}"})

    async def escena() -> None:
        async with sesion() as cliente:
            await con_plazo(lector.hasta_saludo(cliente))

    asyncio.run(escena())
    assert lector.ultimo


def test_hay_un_maximo_de_flujos_por_usuario(
    servidor: Any, cabeceras: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vista, "FLUJOS_POR_USUARIO", 2)

    async def escena() -> tuple[int, str]:
        async with sesion() as cliente:
            abiertas = [await cliente.get(servidor.url + RUTA, headers=cabeceras) for _ in range(2)]
            for abierta in abiertas:
                await abierta.content.readline()  # el flujo está en marcha
            estado, cuerpo = await _pedir(servidor.url + RUTA, cabeceras)
            for abierta in abiertas:
                abierta.close()
            return estado, cuerpo["codigo"]

    assert asyncio.run(con_plazo(escena())) == (429, "VIV-01")


def test_una_sesion_revocada_se_corta_y_no_vuelve_a_entrar(
    servidor: Any, cabeceras: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.models import User

    monkeypatch.setattr(flujo, "REVISAR_S", 0.2)

    def retirar() -> None:
        User.objects.update(is_active=False)
        conexion.cerrar()

    async def escena() -> tuple[str, int]:
        async with sesion() as cliente:
            async with cliente.get(servidor.url + RUTA, headers=cabeceras) as respuesta:
                assert respuesta.status == 200
                await respuesta.content.readline()
                await sync_to_async(retirar, thread_sensitive=False)()
                ultimo = [visto async for visto in leer(respuesta)][-1]
            async with cliente.get(servidor.url + RUTA, headers=cabeceras) as otra:
                return ultimo.datos["datos"]["motivo"], otra.status

    assert asyncio.run(con_plazo(escena())) == ("sesion", 401)


def test_las_cabeceras_impiden_que_nadie_lo_guarde(servidor: Any, cabeceras: dict[str, str]) -> None:
    async def escena() -> aiohttp.ClientResponse:
        async with sesion() as cliente, cliente.get(servidor.url + RUTA, headers=cabeceras) as respuesta:
            return respuesta

    respuesta = asyncio.run(con_plazo(escena()))
    assert respuesta.content_type == "text/event-stream"
    assert respuesta.headers["X-Accel-Buffering"] == "no"
    assert "no-store" in respuesta.headers["Cache-Control"]
