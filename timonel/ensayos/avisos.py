"""``simular avisos``: miles de sucesos hasta el libro de la cuenta de Twilio, con todo muriendo por el camino.

Dos despachadores compiten por la misma bandeja: un trabajador de Celery, con su planificador y un Redis propio, y un
proceso sin Celery. La cuenta de laboratorio sortea fallos; a mitad se matan Redis y los dos despachadores (SIGKILL), se
vacía Redis y la cuenta deja de valer un momento. El testigo es el libro de la cuenta: lo que no está no se envió.
"""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dominio.errores import ErrorServicio
from dominio.reloj import RelojSistema
from timonel.ensayos.celery_propio import ProcesoCelery
from timonel.ensayos.redis_propio import RedisPropio, morir_con_el_padre

MIRAR_CADA_S = 0.2
SIN_AVANZAR_S = 90.0
LOTE = 250
ADELANTO = 1000  # sucesos por traducir que se dejan acumular: nacen mientras otros salen
APP = "timonel.ensayos.avisos_celery"
_ESPERA = threading.Event()


class _Hijo:
    """Un proceso de ``avisos_procesos``: se lanza, se mata y se vuelve a lanzar."""

    def __init__(self, *args: str, entorno: dict[str, str]) -> None:
        self._orden = [sys.executable, "-m", "timonel.ensayos.avisos_procesos", *args]
        self._entorno = entorno
        self._proceso: subprocess.Popen[str] | None = None

    def arrancar(self) -> subprocess.Popen[str]:
        self._proceso = subprocess.Popen(  # noqa: S603 - este mismo intérprete
            self._orden, env=self._entorno, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd=Path(__file__).parent.parent.parent, preexec_fn=morir_con_el_padre,
        )  # fmt: skip
        return self._proceso

    def matar(self) -> None:
        if self._proceso is not None:
            self._proceso.kill()
            self._proceso.wait()

    def senal(self, numero: int) -> None:
        if self._proceso is not None:
            self._proceso.send_signal(numero)

    def parar(self) -> None:
        """Le pide que acabe y espera; si no acaba, lo mata."""
        if self._proceso is not None and self._proceso.poll() is None:
            self._proceso.terminate()
            try:
                self._proceso.wait(30)
            except subprocess.TimeoutExpired:
                self.matar()


class _Ensayo:
    """Las piezas del ensayo y lo que se les hace a cada una cuando llega su momento."""

    def __init__(self, carpeta: Path, semilla: int, eventos: int, pila: ExitStack) -> None:
        self.libro_json = carpeta / "libro.json"
        limpio = {n: v for n, v in os.environ.items() if not n.startswith("TIMONEL_")}
        limpio |= {n: os.environ[n] for n in ("TIMONEL_DATOS", "TIMONEL_BASE_DE_DATOS")}
        self.redis = RedisPropio()
        pila.callback(self.redis.parar)
        self.cuenta = _Hijo("cuenta", str(semilla), str(self.libro_json), entorno=limpio)
        pila.callback(self.cuenta.parar)
        entorno = {**limpio, **self._variables(), "TIMONEL_REDIS_URL": self.redis.arrancar()}
        self.entorno = entorno
        self.trabajador = ProcesoCelery("worker", "-c", "1", "-Q", "avisos", entorno=entorno, aplicacion=APP)
        self.planificador = ProcesoCelery("beat", entorno=entorno, aplicacion=APP)
        self.despachador = _Hijo("despachador", entorno=entorno)
        self.reinicios: Counter[str] = Counter()
        self._pendientes = [
            (0.15, self._matar_redis), (0.30, self._matar_trabajador), (0.45, self._matar_despachador),
            (0.60, self._vaciar_redis), (0.70, self._parar_cuenta), (0.80, self._matar_trabajador),
        ]  # fmt: skip
        self._eventos = eventos
        for pieza in (self.trabajador, self.planificador, self.despachador):
            pila.callback(pieza.parar)
            pieza.arrancar()

    def _variables(self) -> dict[str, str]:
        salida = self.cuenta.arrancar().stdout
        linea = salida.readline() if salida is not None else ""
        if not linea:
            raise ErrorServicio("SIM-12", "La cuenta de laboratorio no arrancó.", "Repítalo; si sigue, avise.")
        return {nombre: str(valor) for nombre, valor in json.loads(linea)["variables"].items()}

    def golpear(self, hechos: int) -> None:
        """Hace lo que toque según lo que ya haya salido."""
        while self._pendientes and hechos >= self._pendientes[0][0] * self._eventos:
            self._pendientes.pop(0)[1]()

    @property
    def golpeado(self) -> bool:
        """Devuelve si ya no queda nada por romper."""
        return not self._pendientes

    def _matar_redis(self) -> None:
        self.redis.matar()
        _ESPERA.wait(2.0)
        self.redis.arrancar()
        self.reinicios["redis"] += 1

    def _matar_trabajador(self) -> None:
        self.trabajador.matar()
        self.trabajador.arrancar()
        self.reinicios["trabajador"] += 1

    def _matar_despachador(self) -> None:
        self.despachador.matar()
        self.despachador.arrancar()
        self.reinicios["despachador"] += 1

    def _vaciar_redis(self) -> None:
        self.redis.vaciar()
        self.reinicios["redis_vaciado"] += 1

    def _parar_cuenta(self) -> None:
        import signal

        self.cuenta.senal(signal.SIGUSR1)
        self.reinicios["cuenta_parada"] += 1


def ensayar(
    *, carpeta: Path, eventos: int, semilla: int, al_avanzar: Callable[[int], None] = lambda _hechos: None
) -> dict[str, Any]:
    """Devuelve las cifras del ensayo; ``violaciones`` vacía si nada se repitió ni se perdió.

    Necesita Django cargado sobre una base vacía que nadie más use.

    Raises:
        ErrorServicio: SRV-RE1 o SRV-RE2 si no hay Redis; SIM-12 si no arranca la cuenta; SIM-11 si deja de avanzar.
    """
    reloj = RelojSistema()
    inicio = reloj.monotonico()
    with ExitStack() as pila:
        ensayo = _Ensayo(carpeta, semilla, eventos, pila)
        _correr(ensayo, eventos, al_avanzar)
    cifras = _comparar(eventos, ensayo.libro_json)
    return {
        **cifras,
        "semilla": semilla,
        "reinicios": sum(ensayo.reinicios.values()),
        "roturas": dict(ensayo.reinicios),
        "segundos": round(reloj.monotonico() - inicio, 1),
    }


def _correr(ensayo: _Ensayo, eventos: int, al_avanzar: Callable[[int], None]) -> None:
    """Publica los sucesos poco a poco y espera a que todos acaben, rompiendo cosas por el camino."""
    from notificaciones.models import Aviso, EstadoAviso

    acabados = Aviso.objects.filter(estado__in=(EstadoAviso.ENTREGADO, EstadoAviso.LEIDO, EstadoAviso.FALLIDO))
    reloj = RelojSistema()
    publicados, hechos, ultimo = 0, 0, reloj.monotonico()
    while hechos < eventos or not ensayo.golpeado:
        antes, hechos = hechos, acabados.count()
        if publicados < eventos and publicados - hechos < ADELANTO:
            publicados += _publicar(publicados, min(LOTE, eventos - publicados))
        ensayo.golpear(hechos)
        al_avanzar(hechos)
        if hechos != antes:
            ultimo = reloj.monotonico()
        elif reloj.monotonico() - ultimo > SIN_AVANZAR_S:
            return  # lo que no haya salido se contará como perdido
        _ESPERA.wait(MIRAR_CADA_S)


def _publicar(desde: int, cuantos: int) -> int:
    """Publica los sucesos de un lote en una transacción, como los publica un bot, y devuelve cuántos."""
    from django.db import transaction

    from historial.services.registro import publicar_evento

    ahora = RelojSistema().ahora()
    with transaction.atomic():
        for n in range(desde, desde + cuantos):
            datos = {
                "tanda": n,
                "balance": f"{1000 + n % 500}.25",
                "moneda": "USD",
                "entorno": "simulado",
                "bot": "ensayo",
            }
            publicar_evento("ensayo", ("INICIO_OPERATIVA", "REACTIVADO")[n % 2], datos, ahora=ahora)
    return cuantos


def _comparar(eventos: int, libro_json: Path) -> dict[str, Any]:
    """Devuelve las cifras: la bandeja frente al libro de la cuenta, que es quien manda."""
    from dominio.azar import AzarSemilla
    from laboratorio.twilio.libro import LibroTwilio
    from notificaciones.models import Aviso, EstadoAviso

    libro = LibroTwilio(RelojSistema(), AzarSemilla(0), ruta=libro_json)
    llegados = libro.llegados()
    filas = list(Aviso.objects.values_list("clave", "marca", "estado", "codigo_error"))
    recibidas = {marca for marca, _destino in llegados}
    imposibles = {
        marca: codigo for _clave, marca, estado, codigo in filas
        if estado == EstadoAviso.FALLIDO and marca not in recibidas
    }  # fmt: skip
    sin_aviso = eventos - len({clave for clave, *_ in filas})
    perdidos = sin_aviso + sum(marca not in recibidas and marca not in imposibles for _c, marca, *_ in filas)
    de_nadie = recibidas - {marca for _c, marca, *_ in filas}
    fallos = json.loads(libro_json.with_suffix(".fallos").read_text(encoding="utf-8"))
    comprobaciones = {
        f"{libro.repetidos()} repetidos": libro.repetidos() > 0,
        f"{perdidos} perdidos": perdidos > 0,
        f"{len(filas)} avisos para {eventos} sucesos": len(filas) != eventos,
        f"{len(de_nadie)} en el libro sin aviso": bool(de_nadie),
        "un aviso imposible sin código": any(not codigo for codigo in imposibles.values()),
    }
    return {
        "eventos": eventos,
        "avisos": len(filas),
        "aceptados_en_libro": sum(llegados.values()),
        "repetidos": libro.repetidos(),
        "perdidos": perdidos,
        "no_entregables": dict(sorted(Counter(imposibles.values()).items())),
        "mensajes_en_libro": len(libro.mensajes),
        "fallos": {nombre: veces for nombre, veces in fallos.items() if veces},
        "violaciones": [texto for texto, mal in comprobaciones.items() if mal],
    }
