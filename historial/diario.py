"""El libro de órdenes sobre Django: cumple ``dominio.puertos.Diario``. Cada método es una transacción duradera."""

from datetime import timedelta

from dominio.instrumentos import Sede
from dominio.ordenes import Aceptacion, EstadoOrden, Intencion, ResultadoEnvio
from dominio.posiciones import PosicionSede
from dominio.puertos import Ejecutor, IntencionViva
from dominio.reloj import Reloj
from historial.selectors import ordenes as lecturas
from historial.services import cuentas, intenciones, ordenes
from historial.services.tiempo import HoraArriendo


class DiarioDjango:
    """Guarda las órdenes en la base. El ejecutor decide en qué hilo; el reloj, qué hora es.

    ``ambito_bloqueo``: «cuenta» o «simbolo», el de la sede; ``max_abiertas``: entradas propias vivas por cuenta (None,
    sin límite); ``vigilancia``: cuánto se sigue buscando una orden dada por no colocada; ``reloj_arriendo``: el del
    arriendo, si no es el mismo.
    """

    def __init__(
        self,
        ejecutor: Ejecutor,
        reloj: Reloj,
        *,
        ambito_bloqueo: str = "cuenta",
        max_abiertas: int | None = 1,
        vigilancia: timedelta = ordenes.VIGILANCIA,
        reloj_arriendo: Reloj | None = None,
    ) -> None:
        if ambito_bloqueo not in ("cuenta", "simbolo"):
            raise ValueError(f"ámbito de bloqueo desconocido: {ambito_bloqueo}")
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._hora = HoraArriendo(reloj_arriendo or reloj)
        self._ambito_bloqueo = ambito_bloqueo
        self._max_abiertas = max_abiertas
        self._vigilancia = vigilancia

    async def registrar_intencion(self, intencion: Intencion) -> None:
        """Guarda intención, reserva de riesgo, auditoría y evento; queda APROBADA.

        Raises:
            ErrorDuplicado: ORD-02 si la señal ya tiene intención.
            ErrorDenegado: ORD-03 (queda DENEGADA); ``detalle["causa"]``: desconocida, max_abiertas o freno.
        """
        await self._ejecutor(
            intenciones.registrar_intencion,
            intencion,
            ahora=self._reloj.ahora(),
            ambito_bloqueo=self._ambito_bloqueo,
            max_abiertas=self._max_abiertas,
        )

    async def marcar_enviando(self, id_cliente: str, ficha: int) -> bool:
        """APROBADA→ENVIANDO si la ficha manda, el freno deja y no ha vencido; si no, False y queda CADUCADA."""
        return bool(
            await self._ejecutor(
                intenciones.marcar_enviando,
                id_cliente,
                ficha,
                ahora=self._reloj.ahora(),
                hora=self._hora,
                ambito_bloqueo=self._ambito_bloqueo,
            )
        )

    async def preparar_envio(self, intencion: Intencion, ficha: int) -> bool:
        """Registra la intención y la marca ENVIANDO: dos transacciones y una sola ida y vuelta al ejecutor.

        La hora es la de antes de empezar: el plazo de verdad lo mira la última comprobación, justo antes de escribir.

        Raises:
            ErrorDuplicado, ErrorDenegado: los de ``registrar_intencion``.
        """
        return bool(
            await self._ejecutor(
                intenciones.preparar_envio,
                intencion,
                ficha,
                ahora=self._reloj.ahora(),
                hora=self._hora,
                ambito_bloqueo=self._ambito_bloqueo,
                max_abiertas=self._max_abiertas,
            )
        )

    async def registrar_resultado(self, id_cliente: str, resultado: ResultadoEnvio) -> None:
        """Guarda el resultado de un envío; si la sede aceptó, abre la operación. Repetirlo no cambia nada.

        Raises:
            ErrorTransicion: ORD-01 o ORD-04 si el ciclo de vida no lo permite.
        """
        await self._ejecutor(ordenes.registrar_resultado, id_cliente, resultado, ahora=self._reloj.ahora())

    async def adoptar(self, id_cliente: str, aceptacion: Aceptacion, motivo: str) -> None:
        """Hace nuestra la orden hallada en la sede y abre su operación. Repetirlo no cambia nada."""
        await self._ejecutor(ordenes.adoptar, id_cliente, aceptacion, motivo, ahora=self._reloj.ahora())

    async def anotar_busqueda(self, id_cliente: str, limpia: bool) -> int:
        """Guarda una búsqueda vacía y devuelve cuántas limpias van seguidas."""
        return int(await self._ejecutor(ordenes.anotar_busqueda, id_cliente, limpia, ahora=self._reloj.ahora()))

    async def marcar(self, id_cliente: str, estado: EstadoOrden, motivo: str) -> None:
        """Pasa a DESCONOCIDA, NO_COLOCADA o REVISION, con su motivo. Marcar otra vez lo mismo no cambia nada."""
        await self._ejecutor(
            ordenes.marcar, id_cliente, estado, motivo, ahora=self._reloj.ahora(), vigilancia=self._vigilancia
        )

    async def dejar_de_vigilar(self, id_cliente: str) -> None:
        """Saca de las vigiladas una NO_COLOCADA que ya no puede aparecer en la sede; si no lo está, no cambia nada."""
        await self._ejecutor(ordenes.dejar_de_vigilar, id_cliente, ahora=self._reloj.ahora())

    async def vivas(self, sede: Sede, cuenta: str) -> tuple[IntencionViva, ...]:
        """Devuelve las que todavía piden algo y las NO_COLOCADA aún vigiladas, de la más antigua a la más nueva."""
        return tuple(await self._ejecutor(lecturas.vivas, sede, cuenta, ahora=self._reloj.ahora()))

    async def caducar(self, sede: Sede, cuenta: str) -> int:
        """APROBADA→CADUCADA para las vencidas; devuelve cuántas."""
        return int(await self._ejecutor(intenciones.caducar, sede, cuenta, ahora=self._reloj.ahora()))

    async def conocida(self, sede: Sede, cuenta: str, referencia: str) -> bool:
        """Devuelve si alguna orden u operación nuestra tiene ya esa referencia de la sede."""
        return bool(await self._ejecutor(lecturas.conocida, sede, cuenta, referencia))

    async def anotar_externa(self, sede: Sede, cuenta: str, posicion: PosicionSede) -> None:
        """Guarda o pone al día una posición abierta a mano: se ve, cuenta en el riesgo y no se toca."""
        await self._ejecutor(cuentas.anotar_externa, sede, cuenta, posicion, ahora=self._reloj.ahora())
