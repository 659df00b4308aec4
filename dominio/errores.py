"""El árbol de errores. La CLASE dice qué hacer; el código es estable; nunca se decide por el texto.

===================  ==========================================  ====================
Clase                Reacción de quien la recibe                 Salida del programa
===================  ==========================================  ====================
ErrorUsuario         corregir lo pedido o lo configurado         2
ErrorServicio        el servicio está fuera de alcance           3
ErrorReintentable    leer otra vez más tarde (nunca reenviar)    3
ErrorRetroceder      esperar ``esperar_s`` y leer otra vez       3
ErrorPermanente      no insistir                                 1
ErrorDetener         parar las entradas y avisar                 1
===================  ==========================================  ====================
"""

from typing import Any


class ErrorTimonel(Exception):
    """Raíz del árbol: un código estable, una frase en español y qué hacer a continuación."""

    salida = 1

    def __init__(self, codigo: str, mensaje: str, que_hacer: str = "", **detalle: Any) -> None:
        super().__init__(mensaje)
        self.codigo = codigo
        self.mensaje = mensaje
        self.que_hacer = que_hacer
        self.detalle = detalle

    def __str__(self) -> str:
        return f"[{self.codigo}] {self.mensaje}" + (f" {self.que_hacer}" if self.que_hacer else "")

    def como_dict(self) -> dict[str, Any]:
        """Devuelve el error con la forma pública ``{codigo, mensaje, detalle}``."""
        return {"codigo": self.codigo, "mensaje": self.mensaje, "que_hacer": self.que_hacer, "detalle": self.detalle}


class ErrorUsuario(ErrorTimonel):
    """Lo pedido o lo configurado está mal: lo arregla una persona."""

    salida = 2


class ErrorConfiguracion(ErrorUsuario):
    """Un fichero o una variable de configuración no es válida."""


class ErrorServicio(ErrorTimonel):
    """Un servicio necesario no responde."""

    salida = 3


class ErrorReintentable(ErrorServicio):
    """Fallo pasajero de una LECTURA: se puede volver a leer."""


class ErrorRetroceder(ErrorReintentable):
    """La sede pide ir más despacio: esperar ``esperar_s`` segundos antes de leer otra vez."""

    def __init__(self, codigo: str, mensaje: str, que_hacer: str = "", esperar_s: float = 2.5, **detalle: Any) -> None:
        super().__init__(codigo, mensaje, que_hacer, **detalle)
        self.esperar_s = esperar_s


class ErrorPermanente(ErrorTimonel):
    """No sirve insistir con lo mismo (contrato no ofrecido, dato inexistente)."""


class ErrorDetener(ErrorTimonel):
    """Hay que parar las entradas y avisar (credencial revocada, descuadre, reloj desviado)."""


class ErrorDenegado(ErrorTimonel):
    """Una guarda nuestra no permite la orden: nunca llega a la sede."""


class ErrorNoEnviada(ErrorTimonel):
    """La última comprobación falló antes de escribir un solo byte: la orden queda NO_ENVIADA."""


class ErrorDuplicado(ErrorTimonel):
    """Ya existe una intención para la misma señal o el mismo identificador de cliente."""


class ErrorTransicion(ErrorTimonel):
    """Cambio de estado que el ciclo de vida no permite."""
