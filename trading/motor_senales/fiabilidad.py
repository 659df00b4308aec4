"""Fiabilidad: lo que se dijo antes frente a lo que pasó después.

Cada probabilidad se anota al emitirse, con lo que se sabía entonces, y se cuenta cuando su resultado madura: la tabla
es siempre fuera de muestra.
"""

import msgspec

from trading.motor_senales.estadistica import wilson, z_dos_colas

# Franjas de un punto porcentual: finas para guardar, se juntan para mostrar.
FRANJAS = 100
_MINIMO_POR_FILA = 30


class FilaFiabilidad(msgspec.Struct, frozen=True, kw_only=True):
    """Una fila de la tabla: en [desde, hasta) se previó ``prevista`` de media y se observó ``observada``."""

    desde: float
    hasta: float
    n: int
    prevista: float
    observada: float
    observada_baja: float
    observada_alta: float

    @property
    def cuadra(self) -> bool:
        """Devuelve si lo previsto cae dentro del intervalo de Wilson al 95 % de lo observado."""
        return self.observada_baja <= self.prevista <= self.observada_alta


class ReporteFiabilidad(msgspec.Struct, frozen=True, kw_only=True):
    """Tabla de fiabilidad de un activo (``simbolo`` vacío: todos) y su puntuación de Brier (menor es mejor).

    ``brier_base`` es la de quien dijera siempre la tasa observada: quien no la mejore no distingue señales.
    """

    simbolo: str
    n: int
    aciertos: int
    tasa: float
    brier: float
    brier_base: float
    filas: tuple[FilaFiabilidad, ...]


class Fiabilidad(msgspec.Struct):
    """Los contadores de la tabla: por franja, cuántas predicciones, cuántos aciertos y la suma de lo previsto."""

    n: int = 0
    aciertos: int = 0
    suma_brier: float = 0.0
    cuentas: list[int] = msgspec.field(default_factory=lambda: [0] * FRANJAS)
    ganadas: list[int] = msgspec.field(default_factory=lambda: [0] * FRANJAS)
    previstas: list[float] = msgspec.field(default_factory=lambda: [0.0] * FRANJAS)

    def anotar(self, prevista: float, acierto: bool) -> None:
        """Cuenta una predicción cuyo resultado ya se conoce."""
        franja = min(FRANJAS - 1, int(prevista * FRANJAS))
        self.n += 1
        self.aciertos += acierto
        self.suma_brier += (prevista - acierto) ** 2
        self.cuentas[franja] += 1
        self.ganadas[franja] += acierto
        self.previstas[franja] += prevista

    def sumar(self, otra: "Fiabilidad") -> None:
        """Añade los contadores de otra."""
        self.n += otra.n
        self.aciertos += otra.aciertos
        self.suma_brier += otra.suma_brier
        for i in range(FRANJAS):
            self.cuentas[i] += otra.cuentas[i]
            self.ganadas[i] += otra.ganadas[i]
            self.previstas[i] += otra.previstas[i]

    def reporte(self, simbolo: str, filas_max: int = 10) -> ReporteFiabilidad:
        """Devuelve la tabla, con franjas vecinas juntas hasta que cada fila tenga casos con que juzgarla."""
        tasa = self.aciertos / self.n if self.n else 0.0
        return ReporteFiabilidad(
            simbolo=simbolo,
            n=self.n,
            aciertos=self.aciertos,
            tasa=tasa,
            brier=self.suma_brier / self.n if self.n else 0.0,
            brier_base=tasa * (1.0 - tasa),
            filas=self._filas(filas_max),
        )

    def _filas(self, filas_max: int) -> tuple[FilaFiabilidad, ...]:
        minimo = max(_MINIMO_POR_FILA, -(-self.n // filas_max))
        grupos: list[list[int]] = []
        actual: list[int] = []
        juntas = 0
        for i in (i for i in range(FRANJAS) if self.cuentas[i]):
            actual.append(i)
            juntas += self.cuentas[i]
            if juntas >= minimo:
                grupos.append(actual)
                actual, juntas = [], 0
        if actual and grupos:
            grupos[-1].extend(actual)  # la cola corta no se juzga sola
        elif actual:
            grupos.append(actual)
        return tuple(self._fila(g) for g in grupos)

    def _fila(self, franjas: list[int]) -> FilaFiabilidad:
        n = sum(self.cuentas[i] for i in franjas)
        observada = sum(self.ganadas[i] for i in franjas) / n
        baja, alta = wilson(observada, n, z_dos_colas(0.95))
        return FilaFiabilidad(
            desde=franjas[0] / FRANJAS,
            hasta=(franjas[-1] + 1) / FRANJAS,
            n=n,
            prevista=sum(self.previstas[i] for i in franjas) / n,
            observada=observada,
            observada_baja=baja,
            observada_alta=alta,
        )
