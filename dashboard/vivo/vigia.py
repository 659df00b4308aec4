"""Quien mira la tabla de eventos, en su propio hilo y con su conexión: espera la pista, lee y devuelve lo nuevo.

Nunca deja una transacción abierta: cada lectura es una consulta suelta.
"""

import logging
import threading
from collections.abc import Callable

import msgspec
from django.db import Error, connection

from dashboard.vivo.mensajes import Mensaje, Pulso, de_evento, de_latido
from dashboard.vivo.pistas import Pista, crear_pista
from historial.models import Latido
from historial.selectors import Cursor, eventos_desde, ultimo_cursor
from historial.services import conexion

registro = logging.getLogger("timonel.vivo")
LOTE = 500
TOPE_S = 1.0  # con la pista muda se mira igual: nada depende de ella
# Hay algo confirmado que aún no se puede leer en orden: se insiste, cada vez con más calma.
INSISTIR_S, INSISTIR_MAX_S = 0.005, 0.25
TRAS_FALLO_S = 1.0
_HAY_MAS = "SELECT EXISTS (SELECT 1 FROM eventos WHERE (tx, id) > (%s::text::xid8, %s))"


class Novedades(msgspec.Struct, frozen=True):
    """Lo leído de una vez: eventos en orden y los latidos que cambiaron."""

    mensajes: tuple[Mensaje, ...] = ()
    pulsos: tuple[Pulso, ...] = ()


class Vigia:
    """Sigue los eventos desde el último visible. Todos sus métodos se llaman desde un mismo hilo, salvo ``soltar``."""

    def __init__(self, crear: Callable[[threading.Event], Pista] = crear_pista) -> None:
        self._crear = crear
        self._cerrando = threading.Event()
        self._pista: Pista | None = None
        self._cursor = Cursor()
        self._vistos: dict[tuple[str, str, str], object] = {}
        self._insistir_s = 0.0

    def empezar(self) -> Cursor:
        """Devuelve desde dónde se sigue. Raises django.db.DatabaseError si no se puede leer."""
        self._cursor = ultimo_cursor()
        return self._cursor

    def siguiente(self) -> Novedades:
        """Devuelve lo nuevo; vacío si en ``TOPE_S`` no hubo nada o la base no se puede leer."""
        try:
            return self._mirar()
        except Error as fallo:
            registro.warning("la transmisión en vivo no puede leer la base: %s", type(fallo).__name__)
            self._olvidar()
            self._cerrando.wait(TRAS_FALLO_S)
            return Novedades()

    def soltar(self) -> None:
        """Pide que ``siguiente`` vuelva ya. Se puede llamar desde cualquier hilo."""
        self._cerrando.set()

    def cerrar(self) -> None:
        """Cierra las conexiones de este hilo."""
        if self._pista is not None:
            self._pista.cerrar()
        conexion.cerrar()

    def _mirar(self) -> Novedades:
        if self._insistir_s:
            self._cerrando.wait(self._insistir_s)
        else:
            if self._pista is None:
                self._pista = self._crear(self._cerrando)
            self._pista.esperar(TOPE_S)
        leidos = eventos_desde(self._cursor, LOTE)
        if leidos:
            self._cursor = leidos[-1].cursor
        self._insistir_s = self._cuanto_insistir(bool(leidos), len(leidos) == LOTE)
        return Novedades(tuple(de_evento(evento) for evento in leidos), self._latidos())

    def _cuanto_insistir(self, avanza: bool, lleno: bool) -> float:
        """Devuelve lo que se espera antes de volver a leer sin pista; 0 si no hace falta."""
        if lleno or (avanza and self._hay_sin_orden()):
            return INSISTIR_S
        return min(max(self._insistir_s * 2, INSISTIR_S), INSISTIR_MAX_S) if self._hay_sin_orden() else 0.0

    def _hay_sin_orden(self) -> bool:
        """Devuelve si hay eventos confirmados detrás de una transacción más antigua que sigue abierta."""
        if connection.vendor != "postgresql":
            return False
        with connection.cursor() as cursor:
            cursor.execute(_HAY_MAS, (self._cursor.tx, self._cursor.id))
            return bool(cursor.fetchone()[0])

    def _latidos(self) -> tuple[Pulso, ...]:
        filas = Latido.objects.values_list("bot", "sede", "cuenta", "en", "datos").order_by("pk")
        nuevos = [(clave, en, datos) for *clave, en, datos in filas if self._vistos.get(tuple(clave)) != en]
        self._vistos.update({tuple(clave): en for clave, en, _ in nuevos})
        return tuple(de_latido(tuple(clave), en, datos) for clave, en, datos in nuevos)

    def _olvidar(self) -> None:
        """Deja la conexión y la pista por perdidas: la próxima vez se abren otras, o se sondea si no se puede oír."""
        if self._pista is not None:
            self._pista.cerrar()
        self._pista = None
        conexion.cerrar()
