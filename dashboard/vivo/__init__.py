"""La transmisión en vivo: un concentrador por proceso que sigue la tabla de eventos."""
