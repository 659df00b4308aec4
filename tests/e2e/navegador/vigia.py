"""Lo que una página no debe hacer: violar su política de contenido, quejarse en la consola o salir de este equipo."""

from typing import Any
from urllib.parse import urlsplit

_OIR_CSP = """
window.__violaciones = [];
document.addEventListener("securitypolicyviolation", (ev) => {
  window.__violaciones.push(`${ev.violatedDirective}: ${ev.blockedURI} (${ev.sourceFile}:${ev.lineNumber})`);
});
"""


class Vigia:
    """Apunta lo malo de todas las páginas de un contexto. ``esperados``: trozos de mensajes que la prueba provoca."""

    def __init__(self, contexto: Any, host: str) -> None:
        self.consola: list[str] = []
        self.fuera: list[str] = []
        self.csp: list[str] = []
        self.esperados: list[str] = []
        self._host = host
        contexto.add_init_script(_OIR_CSP)
        contexto.on("page", self._mirar)
        contexto.on("request", self._pedir)

    def _mirar(self, pagina: Any) -> None:
        pagina.on("console", lambda mensaje: self._oir(mensaje.type, mensaje.text))
        pagina.on("pageerror", lambda error: self.consola.append(f"error: {error}"))

    def _oir(self, tipo: str, texto: str) -> None:
        if tipo == "error" or "Content Security Policy" in texto:
            self.consola.append(texto)

    def _pedir(self, peticion: Any) -> None:
        partes = urlsplit(peticion.url)
        if partes.scheme in ("http", "https", "ws", "wss") and partes.netloc != self._host:
            self.fuera.append(peticion.url)

    def recoger(self, pagina: Any) -> None:
        """Apunta las violaciones de la página que está abierta ahora."""
        self.csp += pagina.evaluate("window.__violaciones || []")

    def quejas(self) -> list[str]:
        """Devuelve todo lo malo que no se esperaba."""
        malas = [*self.consola, *(f"CSP {v}" for v in self.csp), *(f"fuera: {u}" for u in self.fuera)]
        return [mala for mala in malas if not any(parte in mala for parte in self.esperados)]
