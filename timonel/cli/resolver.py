"""La orden ``resolver``: una persona dice qué fue de una orden de suerte desconocida."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dominio.errores import ErrorUsuario
from timonel.cli.salida import emitir, imprimir

if TYPE_CHECKING:
    from dominio.ordenes import Aceptacion
    from dominio.posiciones import PosicionSede
    from historial.models import Orden
    from integracion_deriv.cliente import ClienteDeriv


def resolver(
    id: Annotated[str, typer.Argument(help="El identificador de la orden (lo enseña «timonel estado»).")],
    contrato: Annotated[
        str | None, typer.Option("--contrato", metavar="N", help="Es este contrato de la sede; se comprueba en ella.")
    ] = None,
    no_colocada: Annotated[bool, typer.Option("--no-colocada", help="Nunca llegó a la sede.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Decide qué pasó con una orden DESCONOCIDA o en REVISION. Pide la clave del operador y queda auditado.

    Mire antes el extracto en la página de la sede. Con --contrato, la sede tiene que confirmar que ese contrato existe
    en la cuenta y es del mismo activo y sentido.
    """
    if (contrato is None) == (not no_colocada):
        raise ErrorUsuario("RES-01", "Diga una cosa: --contrato N o --no-colocada.", "Una de las dos, no ambas.")
    from timonel.arranque import preparar

    preparar()
    from dominio.reloj import RelojSistema
    from historial import services as historial
    from timonel.cli.clave import exigir_clave

    orden = _buscar(id)
    actor = exigir_clave()
    aceptacion = None if contrato is None else _confirmar(orden, contrato)
    historial.resolver_orden(
        id, actor=actor, ahora=RelojSistema().ahora(), aceptacion=aceptacion, no_colocada=no_colocada
    )
    orden.refresh_from_db()
    if json:
        emitir({"id_cliente": id, "estado": orden.estado, "contrato": contrato, "actor": actor})
        return
    imprimir(f"Orden {id}: {orden.estado}. Queda auditado a nombre de {actor}.")
    if no_colocada:
        imprimir("Se vigila 24 h: si el contrato apareciera, se adopta.")


def _buscar(id_cliente: str) -> "Orden":
    from historial.models import Orden

    orden = Orden.objects.filter(id_cliente=id_cliente).first()
    if orden is None:
        raise ErrorUsuario("RES-02", f"No hay ninguna orden {id_cliente}.", "Mire «timonel estado».")
    if orden.estado not in ("DESCONOCIDA", "REVISION"):
        raise ErrorUsuario("RES-03", f"La orden está {orden.estado}: no hay nada que decidir.", "Nada ha cambiado.")
    return orden


def _confirmar(orden: "Orden", contrato: str) -> "Aceptacion":
    """Devuelve la aceptación del contrato tal como lo ve la sede.

    Raises:
        ErrorUsuario: RES-04 si la sede no lo conoce o no es el de la orden; RES-05 si ya es de otra orden nuestra.
        ErrorServicio: la sede no contesta: sin su confirmación no se adopta nada.
    """
    from dominio.ordenes import Aceptacion
    from historial import selectors as lecturas
    from timonel.cli.conexion_deriv import con_cliente

    if not contrato.isdigit():
        raise ErrorUsuario("RES-04", f"«{contrato}» no es un número de contrato.", "Cópielo del extracto de la sede.")
    if lecturas.conocida(orden.sede, orden.cuenta, contrato):
        raise ErrorUsuario("RES-05", f"El contrato {contrato} ya es de otra orden.", "Revise el número.")

    async def leer(cliente: "ClienteDeriv") -> "tuple[str, PosicionSede | None]":
        from integracion_deriv.lector import LectorDeriv

        return cliente.cuenta, await LectorDeriv.de_cliente(cliente).posicion(contrato)

    cuenta, posicion = con_cliente(leer, entorno=orden.entorno, cuenta=orden.cuenta)
    _exigir_misma(orden, contrato, cuenta, posicion)
    assert posicion is not None
    return Aceptacion(
        referencia=contrato,
        hora=posicion.hora_compra,
        precio=posicion.monto,
        transaccion=posicion.transaccion,
        pago=posicion.pago,
        tras_buscar=True,
    )


def _exigir_misma(orden: "Orden", contrato: str, cuenta: str, posicion: Any) -> None:
    if posicion is None or cuenta != orden.cuenta:
        raise ErrorUsuario(
            "RES-04", f"La sede no conoce el contrato {contrato} en la cuenta de la orden.", "Nada ha cambiado."
        )
    visto, pedido = (posicion.simbolo, str(posicion.direccion)), (orden.simbolo, orden.direccion)
    if visto != pedido:
        raise ErrorUsuario(
            "RES-04", f"El contrato {contrato} es {' '.join(visto)} y la orden era {' '.join(pedido)}.", "No se adopta."
        )
