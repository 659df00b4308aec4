"""La demostración: una sede de laboratorio y el bot de verdad contra ella, por sockets, en un solo proceso.

El libro de la sede se guarda en disco: si el proceso muere, la siguiente demostración sigue donde estaba. Una que acabó
bien no se continúa: la próxima abre una cuenta nueva y el historial anterior se conserva.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from bots import ejecucion
from bots.deriv.composicion import Montado, Piezas
from bots.deriv.parametros import parametros_senales
from bots.mandos import Costuras, MandosDelBot
from bots.registro import bot_vigente
from bots.resumen import resumir
from core.configuracion import ConfigBot
from core.estado_bot import EstadoBot
from dominio.azar import AzarSemilla, AzarSistema
from dominio.instrumentos import Entorno
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from integracion_deriv.config import ConfigDeriv
from laboratorio.deriv import ServidorDeriv
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import LibroDeriv

BOT = "deriv_dinamico"
TOKEN = "clave-de-demostracion"  # noqa: S105 - solo la entiende la sede de laboratorio de este proceso


class Sesion(msgspec.Struct, frozen=True):
    """Una demostración: su semilla, su cuenta simulada, cuándo nació el mercado y si acabó bien."""

    semilla: int
    cuenta: str
    ancla_s: int
    cerrada: bool = False


class Escena(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que la vista puede enseñar mientras corre."""

    sesion: Sesion
    montado: Montado
    inicial: EstadoBot
    reanudada: bool


def abrir_sesion(carpeta: Path, reloj: Reloj, semilla: int | None, nueva: bool) -> tuple[Sesion, bool]:
    """Devuelve la sesión que toca y si continúa una interrumpida."""
    previa = _leer(carpeta)
    if previa is not None and not previa.cerrada and not nueva and semilla in (None, previa.semilla):
        return previa, True
    elegida = AzarSistema().entero(1, 999_999) if semilla is None else semilla
    ahora_s = reloj.epoch_ms() // 1000
    with suppress(FileNotFoundError):
        (carpeta / "libro.json").unlink()
    sesion = Sesion(elegida, f"DOT{ahora_s % 10**8:08d}", ahora_s)
    _guardar(carpeta, sesion)
    return sesion, False


async def correr_demo(
    *,
    datos: Path,
    reloj: Reloj,
    ejecutor: Ejecutor,
    semilla: int | None = None,
    segundos: float | None = None,
    nueva: bool = False,
    al_avanzar: Callable[[str], None] = lambda _texto: None,
    al_empezar: Callable[[Escena], None] = lambda _escena: None,
) -> dict[str, Any]:
    """Devuelve el resumen de la sesión cuando acaba; sin ``segundos``, cuando se interrumpe."""
    carpeta = datos / "demo"
    carpeta.mkdir(parents=True, exist_ok=True)
    sesion, reanudada = abrir_sesion(carpeta, reloj, semilla, nueva)
    mercado = MercadoSintetico(sesion.semilla, sesion.ancla_s)
    libro = LibroDeriv(mercado, reloj, AzarSemilla(sesion.semilla), ruta=carpeta / "libro.json")
    libro.crear_cuenta(sesion.cuenta, token=TOKEN)
    servidor = ServidorDeriv(libro, reloj, azar=AzarSemilla(f"servidor-{sesion.semilla}"), v3="no")
    await servidor.iniciar()
    conexion = ConfigDeriv.crear(
        url_rest=servidor.url_rest,
        url_ws=servidor.url_ws,
        app_id="1",
        token=TOKEN,
        cuenta=sesion.cuenta,
        entorno=Entorno.SIMULADO,
    )
    piezas = Piezas(
        reloj=reloj,
        azar=AzarSemilla(f"cliente-{sesion.semilla}"),
        ejecutor=ejecutor,
        datos=datos,
        titular=ejecucion.titular(),
    )
    inicial: list[EstadoBot] = []

    def al_montar(montado: Montado) -> None:
        inicial.append(montado.bucle.estado)
        al_empezar(Escena(sesion=sesion, montado=montado, inicial=montado.bucle.estado, reanudada=reanudada))

    costuras = Costuras(quien=piezas.titular, datos=datos, ejecutor=ejecutor, reloj=reloj)
    mandos = MandosDelBot(BOT, costuras, lambda: _simulada(datos))
    try:
        montado = await _vidas(conexion, piezas, mandos, segundos=segundos, al_avanzar=al_avanzar, al_montar=al_montar)
    finally:
        await servidor.detener()
    if not montado.bucle.estado.libro.abiertos:
        _guardar(carpeta, msgspec.structs.replace(sesion, cerrada=True))
    resumen = resumir(BOT, inicial[0], montado.bucle.estado)
    return {
        **{clave: valor for clave, valor in resumen.items() if clave != "bot"},
        "semilla": sesion.semilla,
        "cuenta": sesion.cuenta,
        "entorno": "SIMULADO",
        "reanudada": reanudada,
        "bots": [{**resumen, "semilla": sesion.semilla}],
    }


async def _vidas(
    conexion: ConfigDeriv,
    piezas: Piezas,
    mandos: MandosDelBot,
    *,
    segundos: float | None,
    al_avanzar: Callable[[str], None],
    al_montar: Callable[[Montado], None],
) -> Montado:
    """Devuelve el último bot montado. Parado desde el panel, la demostración sigue hasta que lo arranquen o acabe."""
    limite = None if segundos is None else piezas.reloj.monotonico() + segundos
    config: ConfigBot = await piezas.ejecutor(_simulada, piezas.datos)
    while True:
        quedan = None if limite is None else max(0.0, limite - piezas.reloj.monotonico())
        montado = await ejecucion.operar_y_obedecer(
            config,
            lambda _config: conexion,
            piezas,
            mandos,
            segundos=quedan,
            al_avanzar=al_avanzar,
            al_montar=al_montar,
        )
        if mandos.pedido != "parar":
            return montado
        quedan = None if limite is None else max(0.0, limite - piezas.reloj.monotonico())
        arrancada = await _parado(mandos, quedan)
        if arrancada is None:
            return montado
        config = arrancada


async def _parado(mandos: MandosDelBot, segundos: float | None) -> ConfigBot | None:
    """Devuelve la configuración con que lo arrancan, o None si antes hay que acabar."""
    arrancado: asyncio.Future[ConfigBot | None] = asyncio.get_running_loop().create_future()

    def acabar(config: ConfigBot | None = None) -> None:
        if not arrancado.done():
            arrancado.set_result(config)

    ejecucion.al_pedir_salir(acabar)
    obediencia = asyncio.create_task(mandos.en_espera(acabar).obedecer_siempre())
    try:
        async with asyncio.timeout(segundos):
            return await arrancado
    except TimeoutError:
        return None
    finally:
        obediencia.cancel()
        await asyncio.gather(obediencia, return_exceptions=True)


def _simulada(datos: Path) -> ConfigBot:
    """Devuelve la configuración vigente del bot de la demostración, siempre contra la sede simulada."""
    config = bot_vigente(BOT, datos).model_copy(update={"entorno": Entorno.SIMULADO})
    parametros_senales(config)
    return config


def _leer(carpeta: Path) -> Sesion | None:
    try:
        return msgspec.json.decode((carpeta / "sesion.json").read_bytes(), type=Sesion)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None


def _guardar(carpeta: Path, sesion: Sesion) -> None:
    ruta = carpeta / "sesion.json"
    provisional = ruta.with_suffix(".tmp")
    provisional.write_text(json.dumps(msgspec.to_builtins(sesion)), encoding="utf-8")
    provisional.replace(ruta)
