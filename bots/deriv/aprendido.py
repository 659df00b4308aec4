"""Lo que las señales aprendieron, guardado entre arranques en ``<datos>/aprendido/<bot>.json``.

Perderlo no cuesta dinero, solo tiempo: un fichero dañado, de otros parámetros o del futuro se ignora y se cuenta, nunca
impide operar. Lo aprendido en una sede simulada vive aparte y solo vale para su cuenta: cada una es otro mercado.
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from dominio.instrumentos import Entorno
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.services.registro import publicar_evento
from trading.motor_senales.calibracion import CUBETAS, Cubeta
from trading.motor_senales.motor import EstadoMotor, MotorSenales

CADA_S = 300.0
MARGEN_FUTURO_MS = 60_000


class Guardado(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """El contenido del fichero: de qué mercado es, cuándo se guardó y lo aprendido."""

    origen: str
    guardado_en_ms: int
    motor: EstadoMotor


class _NoVale(Exception):
    """El fichero no sirve; el texto dice por qué."""


class Aprendido:
    """Guarda y recupera lo aprendido por un motor."""

    def __init__(
        self,
        motor: MotorSenales,
        *,
        datos: Path,
        bot: str,
        entorno: Entorno,
        cuenta: str,
        ejecutor: Ejecutor,
        reloj: Reloj,
    ) -> None:
        simulado = entorno is Entorno.SIMULADO
        self.ruta = datos / "aprendido" / f"{bot}{'.simulado' if simulado else ''}.json"
        self._origen = f"simulado:{cuenta}" if simulado else "deriv"
        self._motor = motor
        self._bot = bot
        self._ejecutor = ejecutor
        self._reloj = reloj

    async def restaurar(self) -> bool:
        """Devuelve si se recuperó algo. Se llama antes de calentar; lo que no vale se cuenta en un evento."""
        try:
            leido = await self._ejecutor(_leer, self.ruta)
            if leido is None:
                return False
            return self._aplicar(leido)
        except _NoVale as motivo:
            datos = {"codigo": "APR-01", "motivo": str(motivo), "fichero": self.ruta.name}
            await self._ejecutor(publicar_evento, self._bot, "APRENDIDO_IGNORADO", datos, ahora=self._reloj.ahora())
            return False

    def _aplicar(self, guardado: Guardado) -> bool:
        if guardado.origen != self._origen:
            return False  # de otra cuenta simulada: ni está dañado ni vale aquí
        self._exigir_creible(guardado)
        ensayo = MotorSenales(self._motor.parametros, self._motor.simbolos, self._bot)
        try:
            vale = ensayo.restaurar(guardado.motor)
        except Exception as fallo:  # lo que no se puede cargar no se carga a medias
            raise _NoVale(f"contenido imposible ({type(fallo).__name__})") from fallo
        if not vale:
            raise _NoVale("es de otros parámetros o de otra versión")
        return self._motor.restaurar(guardado.motor)

    def _exigir_creible(self, guardado: Guardado) -> None:
        limite = self._reloj.epoch_ms() + MARGEN_FUTURO_MS
        for simbolo, activo in guardado.motor.activos.items():
            if len(activo.cubetas) != CUBETAS:
                raise _NoVale(f"{simbolo}: faltan cubetas")
            if any(not _creible(cubeta) for cubeta in activo.cubetas):
                raise _NoVale(f"{simbolo}: cuentas imposibles")
            if activo.etiquetado_hasta_ms > limite:
                raise _NoVale(f"{simbolo}: viene del futuro")

    async def guardar(self) -> None:
        """Escribe lo aprendido, de una vez. Raises OSError si el disco no deja."""
        guardado = Guardado(origen=self._origen, guardado_en_ms=self._reloj.epoch_ms(), motor=self._motor.estado())
        await self._ejecutor(_escribir, self.ruta, msgspec.json.encode(guardado))

    async def guardar_siempre(self) -> None:
        """Guarda cada cinco minutos, hasta que se cancela; un disco que no deja no para nada."""
        while True:
            await asyncio.sleep(CADA_S)
            with suppress(OSError):
                await self.guardar()


def _creible(cubeta: Cubeta) -> bool:
    return 0 <= cubeta.aciertos <= cubeta.n and 0.0 <= cubeta.suma <= cubeta.n + 1e-6


def _leer(ruta: Path) -> Guardado | None:
    try:
        return msgspec.json.decode(ruta.read_bytes(), type=Guardado)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fallo:
        raise _NoVale(f"no se puede leer ({type(fallo).__name__})") from fallo


def _escribir(ruta: Path, octetos: bytes) -> None:
    """El fichero queda entero o como estaba: se escribe al lado, se asegura en el disco y se cambia de nombre."""
    ruta.parent.mkdir(parents=True, exist_ok=True)
    provisional = ruta.with_name(f".{ruta.name}.{os.getpid()}.parcial")
    with provisional.open("wb") as fichero:
        fichero.write(octetos)
        fichero.flush()
        os.fsync(fichero.fileno())
    provisional.replace(ruta)
