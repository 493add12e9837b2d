package lathe.engine.graph;

/**
 * What a file said about an element, kept by the reader so that the writer can give it back byte for byte. Opaque to
 * everyone else. An element made in memory has none.
 */
public interface Origin {}
