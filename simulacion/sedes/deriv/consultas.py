"""Las preguntas que se le hacen al libro: las de la sede (abiertos, cerrados, extracto) y las de las pruebas."""

import itertools
from collections.abc import Iterable
from decimal import Decimal

from dominio.dinero import CERO
from simulacion.sedes.deriv.modelos import Contrato, Cuenta, EnvioRecibido, Movida


class ConsultasDeriv:
    """Lectura del libro. «Propias» son las compras que llegaron por la conexión de un cliente."""

    cuentas: dict[str, Cuenta]
    contratos: dict[int, Contrato]
    movidas: list[Movida]
    envios: list[EnvioRecibido]

    def de_token(self, token: str) -> tuple[Cuenta, ...]:
        """Devuelve las cuentas de un token, en el orden en que se crearon."""
        return tuple(cuenta for cuenta in self.cuentas.values() if token and cuenta.token == token)

    def abiertos(self, cuenta: str) -> tuple[Contrato, ...]:
        """Devuelve los contratos sin liquidar de una cuenta, del más viejo al más nuevo."""
        return tuple(c for c in self.contratos.values() if c.cuenta == cuenta and not c.cerrado)

    def cerrados(self, cuenta: str, desde: int = 0, hasta: int | None = None) -> tuple[Contrato, ...]:
        """Devuelve los liquidados cuya compra cae en [desde, hasta), del más nuevo al más viejo."""
        filas = [
            c
            for c in self.contratos.values()
            if c.cuenta == cuenta and c.cerrado and c.inicio >= desde and (hasta is None or c.inicio < hasta)
        ]
        return tuple(sorted(filas, key=lambda c: c.transaccion_compra, reverse=True))

    def extracto(
        self, cuenta: str, desde: int = 0, hasta: int | None = None, accion: str | None = None
    ) -> tuple[Movida, ...]:
        """Devuelve las filas con hora en [desde, hasta), de la más nueva a la más vieja."""
        filas: Iterable[Movida] = reversed(self.movidas)
        return tuple(
            m
            for m in filas
            if m.cuenta == cuenta
            and m.hora >= desde
            and (hasta is None or m.hora < hasta)
            and (accion is None or m.accion == accion)
        )

    # --- para las pruebas ----------------------------------------------------------------------------------------

    def compras(self, cuenta: str | None = None, propias: bool | None = True) -> tuple[Contrato, ...]:
        """Devuelve los contratos comprados, en orden; ``propias=None`` los da todos."""
        return tuple(
            c
            for c in self.contratos.values()
            if (cuenta is None or c.cuenta == cuenta) and (propias is None or c.propia == propias)
        )

    def abiertas_max(self, cuenta: str | None = None) -> int:
        """Devuelve cuántos contratos propios llegó a haber abiertos a la vez en la cuenta (o en la que más)."""
        elegidas = self.cuentas.values() if cuenta is None else [self.cuentas[cuenta]]
        return max((c.abiertas_max for c in elegidas), default=0)

    def delta_balance(self, cuenta: str) -> Decimal:
        """Devuelve cuánto ha cambiado el balance desde que se creó la cuenta."""
        return self.cuentas[cuenta].balance - self.cuentas[cuenta].balance_inicial

    def movimientos_ajenos(self, cuenta: str) -> Decimal:
        """Devuelve la suma de las filas del extracto que no vienen de compras propias."""
        return sum((m.importe for m in self.movidas if m.cuenta == cuenta and not m.propia), CERO)

    def beneficio_propio(self, cuenta: str) -> Decimal:
        """Devuelve la suma de los beneficios de los contratos propios ya liquidados."""
        return sum((c.beneficio for c in self.compras(cuenta) if c.cerrado), CERO)

    def violaciones(self) -> list[str]:
        """Devuelve qué cuentas del propio libro no cuadran: vacío si todo está bien."""
        malas = []
        for cuenta in self.cuentas.values():
            suma = sum((m.importe for m in self.movidas if m.cuenta == cuenta.id), CERO)
            if cuenta.balance != cuenta.balance_inicial + suma:
                malas.append(f"{cuenta.id}: el balance no es la suma del extracto")
        ids = [m.id for m in self.movidas]
        if any(b <= a for a, b in itertools.pairwise(ids)):
            malas.append("los identificadores de transacción no crecen")
        return malas
