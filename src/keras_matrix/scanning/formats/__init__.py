"""An answer as text, data, SARIF and annotations. Pure."""
