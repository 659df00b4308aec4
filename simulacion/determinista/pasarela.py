"""Muchas vidas de un operador que muere y resucita: la pasarela y el reconciliador reales, semilla a semilla.

Invariantes, contra el libro de la sede: ninguna intención se compra dos veces, ninguna compra queda sin dueño y nunca
se envía una entrada mientras otra es de suerte desconocida.
"""

from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from dominio import puntos_fallo
from dominio.azar import AzarSemilla
from dominio.errores import ErrorDenegado, ErrorDuplicado
from dominio.freno import Freno
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import BLOQUEAN_ENTRADAS, Intencion, TipoOrden, id_cliente
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from simulacion.determinista.diario_memoria import DiarioMemoria
from simulacion.determinista.sede_memoria import Probabilidades, SedeMemoria
from trading.pasarela import Pasarela
from trading.reconciliador import Reconciliador

T = TypeVar("T")
CUENTA = "SIM1"
PASADAS_FINALES = 40


class Muerte(BaseException):
    """El proceso simulado acaba de morir: nadie la captura, como a un SIGKILL."""


class InformeSemilla(msgspec.Struct, frozen=True):
    """Lo que pasó con una semilla; ``violaciones`` vacía si todo se cumplió."""

    semilla: int
    envios: int
    compras: int
    violaciones: tuple[str, ...]


class _Arriendo:
    ficha = 1

    async def tomar(self) -> bool:
        return True

    async def renovar(self) -> bool:
        return True

    async def retomar(self) -> bool:
        return True

    async def soltar(self) -> None:
        return None


class _SinFreno:
    async def vigente(self) -> Freno:
        return Freno.ACTIVO

    def inmediato(self) -> Freno:
        return Freno.ACTIVO


def ejecutar(corrutina: Coroutine[Any, Any, T]) -> T:
    """Devuelve el resultado de una corrutina que nunca espera de verdad (todo es memoria)."""
    try:
        corrutina.send(None)
    except StopIteration as fin:
        return fin.value  # type: ignore[no-any-return]
    raise AssertionError("una corrutina de memoria no debe ceder el control")


def correr_semilla(semilla: int, senales: int = 20, probabilidades: Probabilidades | None = None) -> InformeSemilla:
    """Devuelve el informe de una vida entera: señales, fallos, muertes, reinicios y vigilancia final."""
    vida = _Vida(semilla, probabilidades or Probabilidades())
    for numero in range(senales):
        vida.senal(numero)
    vida.reposar()
    return vida.informe(semilla)


class _Vida:
    def __init__(self, semilla: int, probabilidades: Probabilidades) -> None:
        self._azar = AzarSemilla(semilla)
        self._p = probabilidades
        self._reloj = RelojManual()
        self._sede = SedeMemoria(self._reloj, AzarSemilla(f"sede-{semilla}"), probabilidades)
        self._diario = DiarioMemoria(self._reloj)
        self._recien_nacido = True
        self._violaciones: list[str] = []

    def senal(self, numero: int) -> None:
        """Una señal: reconciliar lo que haga falta, intentar la entrada y quizá morir en un punto cualquiera."""
        self._reloj.avanzar(1 + self._azar.uniforme() * 9)
        self._con_muerte(self._pasar)
        self._con_muerte(lambda: self._intentar(numero))

    def reposar(self) -> None:
        """Sin más señales: se reconcilia y se vigila hasta mucho después de la última llegada posible."""
        for _ in range(PASADAS_FINALES):
            self._reloj.avanzar(8)
            self._pasar(vigilar=True)

    def informe(self, semilla: int) -> InformeSemilla:
        """Compara el libro de la sede con el diario."""
        referencias = {fila.referencia for fila in self._diario.filas.values() if fila.referencia}
        por_intencion: dict[str, int] = {}
        for contrato in self._sede.contratos:
            por_intencion[contrato.id_cliente] = por_intencion.get(contrato.id_cliente, 0) + 1
            if contrato.referencia not in referencias:
                self._violaciones.append(f"huérfana {contrato.referencia}")
        self._violaciones += [f"duplicada {clave}" for clave, veces in por_intencion.items() if veces > 1]
        return InformeSemilla(semilla, len(self._sede.envios), len(self._sede.contratos), tuple(self._violaciones))

    def _con_muerte(self, accion: Any) -> None:
        puntos_fallo.instalar(self._quiza_morir)
        try:
            accion()
        except Muerte:
            self._recien_nacido = True
            self._reloj.avanzar(self._azar.uniforme() * 20)
        finally:
            puntos_fallo.instalar(None)

    def _quiza_morir(self, _punto: str) -> None:
        if self._azar.uniforme() < self._p.muerte:
            raise Muerte

    def _pasar(self, vigilar: bool = False) -> None:
        reconciliador = Reconciliador(
            lector=self._sede,  # type: ignore[arg-type]
            diario=self._diario,
            reloj=self._reloj,
            sede=Sede.DERIV,
            cuenta=CUENTA,
        )
        informe = ejecutar(reconciliador.pasada(arranque=self._recien_nacido, vigilar=vigilar))
        self._recien_nacido = self._recien_nacido and not informe.completo

    def _intentar(self, numero: int) -> None:
        if self._recien_nacido:
            return  # la reconciliación de arranque falló: no se opera
        antes = len(self._sede.envios)
        bloqueada = any(fila.estado in BLOQUEAN_ENTRADAS for fila in self._diario.filas.values())
        pasarela = Pasarela(
            broker=self._sede,  # type: ignore[arg-type]
            diario=self._diario,
            arriendo=_Arriendo(),
            freno=_SinFreno(),
            reloj=self._reloj,
        )
        try:
            ejecutar(pasarela.enviar(self._intencion(numero)))
        except (ErrorDenegado, ErrorDuplicado):
            return
        finally:
            if bloqueada and len(self._sede.envios) > antes:
                self._violaciones.append(f"envío {numero} con otra orden desconocida")

    def _intencion(self, numero: int) -> Intencion:
        ahora = self._reloj.ahora()
        clave = f"s{numero}"
        monto = Decimal(1 + self._azar.entero(0, 2))
        return Intencion(
            id_cliente=id_cliente("simulada", CUENTA, clave),
            sede=Sede.DERIV,
            cuenta=CUENTA,
            entorno=Entorno.SIMULADO,
            bot="simulado",
            clave_senal=clave,
            simbolo="R_50",
            direccion=Direccion.CALL,
            tipo=TipoOrden.CONTRATO,
            monto=monto,
            moneda="USD",
            riesgo=monto,
            creada_en=ahora,
            vence_en=ahora + timedelta(seconds=4),
        )
