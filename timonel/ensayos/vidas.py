"""Las vidas de un proceso operador en el ensayo de caídas. Todo esto corre DENTRO de los procesos hijos."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.db import connections

from bots.deriv.composicion import Montado, Piezas, montar
from bots.registro import buscar_bot
from dominio import puntos_fallo
from dominio.azar import AzarSemilla
from dominio.errores import ErrorTimonel
from dominio.instrumentos import Entorno
from dominio.reloj import RelojEscalado
from historial.ejecutores import HiloEscritor
from integracion_deriv.config import ConfigDeriv
from laboratorio.deriv import ServidorDeriv
from simulacion.bucles import correr
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import LibroDeriv, persistencia

ACTIVOS = ("1HZ10V", "1HZ25V", "1HZ50V", "1HZ75V", "1HZ100V")
MIRAR_CADA_S = 0.5
VIDA_MAX_S = 240.0


class Hora(msgspec.Struct, frozen=True):
    """El reloj acelerado que comparten todos los procesos del ensayo."""

    factor: float
    origen_ms: int
    inicio_real_s: float

    def reloj(self) -> RelojEscalado:
        """Devuelve el reloj de este proceso."""
        return RelojEscalado(self.factor, self.origen_ms, self.inicio_real_s)


class Vida(msgspec.Struct, frozen=True, kw_only=True):
    """Qué hace un proceso: con qué base, en qué cuenta, dónde muere (o se congela) y dónde deja su informe."""

    hora: Hora
    base: Path
    carpeta: Path
    url_rest: str
    token: str
    titular: str
    semilla: int
    morir_en: str | None = None
    congelar_en: str | None = None
    informe: Path | None = None


def sede(hora: Hora, semilla: int, cuentas: dict[str, str], libro_json: Path, aviso: Any) -> None:
    """Corre la sede hasta SIGTERM; entonces guarda su libro, que es el oráculo. ``cuentas``: token de cada una."""
    _sin_interrupcion()
    reloj = hora.reloj()
    mercado = MercadoSintetico(semilla, reloj.epoch_ms() // 1000, ACTIVOS)
    libro = LibroDeriv(mercado, reloj, AzarSemilla(semilla))
    for cuenta, token in cuentas.items():
        libro.crear_cuenta(cuenta, token=token)

    async def servir() -> None:
        servidor = ServidorDeriv(libro, reloj, azar=AzarSemilla(semilla + 1), v3="no", presupuestos=False)
        await servidor.iniciar()
        fin = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, fin.set)
        aviso.send(servidor.url_rest)
        await fin.wait()
        await servidor.detener()

    correr(servir(), factor=hora.factor)
    persistencia.guardar(libro, libro_json)
    libro_json.with_suffix(".envios").write_bytes(msgspec.json.encode(libro.envios))


def operador(vida: Vida) -> None:
    """Una vida entera de un operador: opera una orden más, deja su informe y acaba, o muere donde le toca."""
    _sin_interrupcion()
    connections.databases["default"]["NAME"] = str(vida.base)
    connections["default"].close()
    puntos_fallo.instalar(_gancho(vida))
    ejecutor = HiloEscritor()
    try:
        informe = correr(_operar(vida, ejecutor), factor=vida.hora.factor)
    except ErrorTimonel as fallo:
        informe = {"error": fallo.codigo}
    finally:
        ejecutor.cerrar()
    if vida.informe is not None:
        vida.informe.write_text(json.dumps(informe), encoding="utf-8")


def _gancho(vida: Vida) -> Callable[[str], None] | None:
    if vida.morir_en is not None:
        con_salida = vida.semilla % 2 == 0

        def morir(punto: str) -> None:
            if punto == vida.morir_en:
                os._exit(137) if con_salida else os.kill(os.getpid(), signal.SIGKILL)

        return morir
    if vida.congelar_en is None:
        return None
    congelado = False

    def congelar(punto: str) -> None:
        nonlocal congelado
        if punto == vida.congelar_en and not congelado:
            congelado = True
            # Dirigida a este hilo: si la atendiera otro, este podría pasar del punto antes de pararse.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    return congelar


async def _operar(vida: Vida, ejecutor: HiloEscritor) -> dict[str, Any]:
    reloj = vida.hora.reloj()
    inicio = reloj.monotonico()
    config = buscar_bot("deriv_dinamico", vida.carpeta).model_copy(
        update={"entorno": Entorno.SIMULADO, "activos": ACTIVOS}
    )
    config = config.model_copy(
        update={"senales": config.senales.model_copy(update={"ticks_calentamiento": 300, "peso_velas": 0.0})}
    )
    conexion = ConfigDeriv.crear(url_rest=vida.url_rest, app_id="1", token=vida.token, entorno=Entorno.SIMULADO)
    piezas = Piezas(
        reloj=reloj,
        azar=AzarSemilla(vida.semilla),
        ejecutor=ejecutor,
        datos=vida.carpeta,
        titular=vida.titular,
        pausa=timedelta(0),
        max_contratos=1,
    )
    montado = await montar(config, conexion, piezas)
    trabajo = asyncio.create_task(montado.bucle.correr())
    informe: dict[str, Any] = {"recuperacion_s": None, "resolucion_s": None}
    try:
        async with asyncio.timeout(VIDA_MAX_S):
            while not trabajo.done():
                await asyncio.wait({trabajo}, timeout=MIRAR_CADA_S)
                _medir(montado, informe, reloj.monotonico() - inicio)
                if montado.bucle.enviadas >= 1:
                    montado.bucle.terminar()
        await trabajo
    except TimeoutError:
        informe["error"] = f"sin acabar: {montado.bucle.ultimo_motivo} {montado.bucle.informe}"
    finally:
        trabajo.cancel()
        await montado.cerrar()
    informe |= {"enviadas": montado.bucle.enviadas, "beneficio": str(montado.bucle.estado.libro.beneficio)}
    return informe


def _medir(montado: Montado, informe: dict[str, Any], segundos: float) -> None:
    """Apunta cuándo hubo una reconciliación completa y cuándo no quedó nada por saber, en segundos acelerados."""
    hallado = montado.bucle.informe
    if hallado is None or not hallado.completo:
        return
    if informe["recuperacion_s"] is None:
        informe["recuperacion_s"] = round(segundos, 2)
    if informe["resolucion_s"] is None and not hallado.bloquea:
        informe["resolucion_s"] = round(segundos, 2)


def _sin_interrupcion() -> None:
    """Ctrl-C lo atiende el padre: él apaga a los hijos por su número."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
