"""Los fallos que acaban una sesión o piden una persona: cada uno en su escena, con su final por guion.

Cada escena devuelve lo que no salió como debía; vacío si todo fue bien.
"""

from collections.abc import Awaitable, Callable

from dominio.errores import ErrorDetener
from dominio.ordenes import Aceptacion, EstadoOrden
from dominio.reloj import de_epoch
from historial.models import Orden
from historial.services.ordenes import resolver_orden
from laboratorio.deriv.nombres_fallos import F13, F14, F19, F20
from timonel.ensayos.taller import Taller, en_linea

Escena = Callable[[Taller], Awaitable[list[str]]]
ACTOR = "guion"


async def clave_revocada(taller: Taller) -> list[str]:
    """La clave deja de valer a media sesión: se para; con la clave otra vez buena, sigue y cuadra."""
    armada = False

    def armar() -> None:
        nonlocal armada
        if not armada and len(taller.libro.compras(taller.cuenta)) >= 3:
            taller.servidor.fallos.programar(F13)
            armada = True

    malas = await _debe_detenerse(taller, 12, armar)
    taller.servidor.efectos.restablecer(taller.token)
    await taller.operar_hasta(len(taller.libro.compras(taller.cuenta)) + 3)
    return malas


async def solo_cuenta_real(taller: Taller) -> list[str]:
    """Solo hay cuentas reales: ni una conexión, ni una compra."""
    taller.servidor.fallos.programar(F14)
    malas = await _debe_detenerse(taller, 3, lambda: None)
    return [*malas, *(["compró sin cuenta demo"] if taller.libro.compras() else [])]


async def dinero_ajeno(taller: Taller) -> list[str]:
    """Otros ingresan, retiran, reponen la cuenta y compran por su lado: ni ganancia ni pérdida nuestras."""
    for clase in ("deposito", "contrato", "retiro", "reset", "contrato"):
        taller.servidor.fallos.programar(F19, clase=clase)
    await taller.operar_hasta(10)
    ajenos = taller.libro.movimientos_ajenos(taller.cuenta)
    return [] if taller.servidor.fallos.cuentas[F19] >= 5 and ajenos != 0 else ["no hubo movimientos ajenos"]


async def contratos_gemelos(taller: Taller) -> list[str]:
    """Dos compras iguales y una respuesta perdida: decide una persona, y entretanto no se entra."""
    taller.servidor.fallos.programar(F20, veces=2)
    resueltas: list[str] = []
    await taller.operar_hasta(6, lambda: resueltas.extend(en_linea(lambda: _resolver(taller))))
    return [] if resueltas else ["ninguna orden llegó a revisión"]


async def _debe_detenerse(taller: Taller, compras: int, al_mirar: Callable[[], None]) -> list[str]:
    try:
        await taller.operar_hasta(compras, al_mirar)
    except ErrorDetener:
        return []
    return ["siguió operando"]


def _resolver(taller: Taller) -> list[str]:
    """Resuelve cada orden en revisión con el contrato que de verdad es suyo, como quien mira la sede."""
    resueltas = []
    conocidas = set(Orden.objects.filter(cuenta=taller.cuenta).values_list("referencia", flat=True))
    for orden in Orden.objects.filter(cuenta=taller.cuenta, estado=EstadoOrden.REVISION):
        propios = [c for c in taller.libro.compras(taller.cuenta) if str(c.id) not in conocidas]
        suyo = propios[-1] if propios else None
        aceptacion = None if suyo is None else Aceptacion(
            referencia=str(suyo.id),
            hora=de_epoch(suyo.inicio),
            precio=suyo.precio,
            pago=suyo.pago,
            transaccion=str(suyo.transaccion_compra),
            tras_buscar=True,
        )  # fmt: skip
        resolver_orden(
            orden.id_cliente, aceptacion=aceptacion, no_colocada=suyo is None, actor=ACTOR, ahora=taller.reloj.ahora()
        )
        resueltas.append(orden.id_cliente)
    return resueltas


ESCENAS: dict[str, Escena] = {
    "clave_revocada": clave_revocada,
    "solo_cuenta_real": solo_cuenta_real,
    "dinero_ajeno": dinero_ajeno,
    "contratos_gemelos": contratos_gemelos,
}
