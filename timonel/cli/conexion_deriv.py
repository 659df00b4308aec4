"""Una conexión corta con Deriv para una orden de consola: se conecta, hace algo y se despide."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from integracion_deriv.cliente import ClienteDeriv

T = TypeVar("T")


def con_cliente(hacer: "Callable[[ClienteDeriv], Awaitable[T]]", **valores: Any) -> T:
    """Devuelve lo que devuelva ``hacer`` con un cliente conectado según el entorno; ``valores`` lo completan.

    Raises:
        ErrorConfiguracion: sin credenciales o con una dirección no permitida. ErrorServicio: no hay red.
        ErrorDetener: clave revocada o solo cuentas reales.
    """
    return asyncio.run(_correr(hacer, valores))


async def _correr(hacer: "Callable[[ClienteDeriv], Awaitable[T]]", valores: dict[str, Any]) -> T:
    from dominio.azar import AzarSistema
    from dominio.reloj import RelojSistema
    from integracion_deriv.cliente import ClienteDeriv
    from integracion_deriv.config import desde_entorno

    config = desde_entorno(**valores)
    config.exigir_credenciales()
    cliente = ClienteDeriv(config, reloj=RelojSistema(), azar=AzarSistema(), publicar=lambda _evento: None)
    await cliente.conectar()
    try:
        return await hacer(cliente)
    finally:
        await cliente.cerrar()
