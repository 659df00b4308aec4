"""Indicadores técnicos dato a dato, en tiempo O(1), iguales a los de TA-Lib tras el calentamiento.

Cada objeto tiene ``actualizar(dato)``, que devuelve el valor nuevo o ``None`` mientras se calienta (los mismos valores
que en ``indicadores.calculo`` son NaN). Una propiedad de las pruebas los compara con TA-Lib a 1e-9 relativo.
Fuente de las fórmulas: código de TA-Lib 0.8 (ta_EMA.c, ta_RSI.c, ta_MACD.c, ta_BBANDS.c, ta_MOM.c, ta_ATR.c),
compatibilidad «default» y periodo inestable 0.
"""

import math
from collections import deque


class Ema:
    """Media exponencial: factor 2/(periodo+1) y, de semilla, la media de los primeros ``periodo`` datos."""

    __slots__ = ("_factor", "_periodo", "_suma", "_vistos", "valor")

    def __init__(self, periodo: int) -> None:
        self._periodo = periodo
        self._factor = 2.0 / (periodo + 1)
        self._suma = 0.0
        self._vistos = 0
        self.valor: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve la media con el dato nuevo, o None antes del dato número ``periodo``."""
        valor = self.valor
        if valor is not None:
            self.valor = valor = (dato - valor) * self._factor + valor
            return valor
        self._suma += dato
        self._vistos += 1
        if self._vistos == self._periodo:
            self.valor = self._suma / self._periodo
        return self.valor


class Rsi:
    """RSI de Wilder en [0, 100]; 0 si el precio no se movió en absoluto (como TA-Lib)."""

    __slots__ = ("_bajadas", "_periodo", "_previo", "_subidas", "_vistos", "valor")

    def __init__(self, periodo: int) -> None:
        self._periodo = periodo
        self._previo: float | None = None
        self._subidas = 0.0
        self._bajadas = 0.0
        self._vistos = 0
        self.valor: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve el RSI con el dato nuevo, o None antes del dato número ``periodo`` + 1."""
        previo = self._previo
        self._previo = dato
        if previo is None:
            return None
        cambio = dato - previo
        subida, bajada = (cambio, 0.0) if cambio >= 0.0 else (0.0, -cambio)
        n = self._periodo
        if self._vistos >= n:
            self._subidas = (self._subidas * (n - 1) + subida) / n
            self._bajadas = (self._bajadas * (n - 1) + bajada) / n
        else:
            self._subidas += subida
            self._bajadas += bajada
            self._vistos += 1
            if self._vistos < n:
                return None
            self._subidas /= n
            self._bajadas /= n
        total = self._subidas + self._bajadas
        self.valor = 0.0 if total == 0.0 else 100.0 * (self._subidas / total)
        return self.valor


class Macd:
    """MACD: EMA rápida − EMA lenta, su EMA de señal y el histograma.

    Las dos medias empiezan a la vez, en el dato número ``lenta``: la rápida se siembra con los últimos ``rapida``.
    """

    __slots__ = ("_lenta", "_primeros", "_rapida", "_salto", "_senal", "histograma", "linea", "senal")

    def __init__(self, rapida: int, lenta: int, senal: int) -> None:
        self._rapida = Ema(rapida)
        self._lenta = Ema(lenta)
        self._senal = Ema(senal)
        self._salto = lenta - rapida
        self._primeros = 0
        self.linea: float | None = None
        self.senal: float | None = None
        self.histograma: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve el histograma, o None antes del dato número ``lenta`` + ``senal`` − 1."""
        lenta = self._lenta.actualizar(dato)
        if self._primeros < self._salto:
            self._primeros += 1
            return None
        rapida = self._rapida.actualizar(dato)
        if lenta is None or rapida is None:
            return None
        self.linea = linea = rapida - lenta
        self.senal = senal = self._senal.actualizar(linea)
        if senal is None:
            return None
        self.histograma = linea - senal
        return self.histograma


class Bollinger:
    """Bandas de Bollinger: media simple y desviación típica poblacional de los últimos ``periodo`` datos.

    Las sumas se llevan respecto de un ancla cercana al precio, y se rehacen cada ``periodo`` datos: así no se pierden
    cifras al restar cuadrados grandes ni se acumula el error (el coste medio sigue siendo constante).
    """

    __slots__ = ("_ancla", "_cuadrados", "_desde_rehecha", "_periodo", "_suma", "_ventana", "desviacion", "media")

    def __init__(self, periodo: int) -> None:
        self._periodo = periodo
        self._ventana: deque[float] = deque(maxlen=periodo)
        self._ancla = 0.0
        self._suma = 0.0
        self._cuadrados = 0.0
        self._desde_rehecha = 0
        self.media: float | None = None
        self.desviacion: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve la media móvil, o None antes del dato número ``periodo``; ``desviacion`` queda al lado."""
        ventana, n = self._ventana, self._periodo
        sale = ventana[0] if len(ventana) == n else None
        ventana.append(dato)
        self._desde_rehecha += 1
        if sale is None or self._desde_rehecha >= n:
            self._rehacer()
        else:
            entra_d, sale_d = dato - self._ancla, sale - self._ancla
            self._suma += entra_d - sale_d
            self._cuadrados += entra_d * entra_d - sale_d * sale_d
        if len(ventana) < n:
            return None
        desvio = self._suma / n
        varianza = self._cuadrados / n - desvio * desvio
        self.desviacion = math.sqrt(varianza) if varianza > 0.0 else 0.0
        self.media = self._ancla + desvio
        return self.media

    def _rehacer(self) -> None:
        if len(self._ventana) < self._periodo:
            return
        self._desde_rehecha = 0
        ancla = self._ancla = self._ventana[-1]
        self._suma = math.fsum(x - ancla for x in self._ventana)
        self._cuadrados = math.fsum((x - ancla) * (x - ancla) for x in self._ventana)


class Momento:
    """Precio menos el de hace ``periodo`` pasos, en unidades de precio."""

    __slots__ = ("_ventana", "valor")

    def __init__(self, periodo: int) -> None:
        self._ventana: deque[float] = deque(maxlen=periodo)
        self.valor: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve el cambio, o None antes del dato número ``periodo`` + 1."""
        ventana = self._ventana
        if len(ventana) == ventana.maxlen:
            self.valor = dato - ventana[0]
        ventana.append(dato)
        return self.valor


class Atr:
    """Rango verdadero medio de Wilder, en unidades de precio; toma velas enteras."""

    __slots__ = ("_periodo", "_previo", "_suma", "_vistos", "valor")

    def __init__(self, periodo: int) -> None:
        self._periodo = periodo
        self._previo: float | None = None
        self._suma = 0.0
        self._vistos = 0
        self.valor: float | None = None

    def actualizar(self, maximo: float, minimo: float, cierre: float) -> float | None:
        """Devuelve el ATR con la vela nueva, o None antes de la vela número ``periodo`` + 1."""
        previo = self._previo
        self._previo = cierre
        if previo is None:
            return None
        rango = max(maximo - minimo, abs(maximo - previo), abs(minimo - previo))
        n = self._periodo
        if self.valor is not None:
            self.valor = (self.valor * (n - 1) + rango) / n
            return self.valor
        self._suma += rango
        self._vistos += 1
        if self._vistos == n:
            self.valor = self._suma / n
        return self.valor


class CambioMedio:
    """Media exponencial de |cambio| entre datos seguidos: el ruido de un paso, en unidades de precio."""

    __slots__ = ("_ema", "_previo")

    def __init__(self, periodo: int) -> None:
        self._ema = Ema(periodo)
        self._previo: float | None = None

    def actualizar(self, dato: float) -> float | None:
        """Devuelve el cambio absoluto medio, o None antes del dato número ``periodo`` + 1."""
        previo = self._previo
        self._previo = dato
        return None if previo is None else self._ema.actualizar(abs(dato - previo))
