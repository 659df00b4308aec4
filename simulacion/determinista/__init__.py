"""La pasarela y el reconciliador de verdad contra una sede de memoria que falla, con semilla y sin esperar."""
