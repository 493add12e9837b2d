package lathe.engine.graph;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.tensor.ElementType;

/**
 * What a file said about an element, kept by the reader so that the writer can give back what Lathe does not understand.
 * Opaque to everyone else. An element made in memory has none.
 */
public interface Origin {

    /** Names that stand inside the element, as in the body of an If, and that new names must avoid. */
    default Set<String> names() {
        return Set.of();
    }

    /**
     * Standard operators that stand inside the element, at any depth: in the body of an If, or for a model, in its own
     * functions. They are carried as they are.
     */
    default Set<String> operators() {
        return Set.of();
    }

    /** Bytes of all constants inside the element, at any depth; for a model, of those in its own functions. */
    default long constantBytes() {
        return 0;
    }

    /** For a tensor, the type that it has in a file, where Lathe holds it in another one. */
    default Optional<ElementType> storedType() {
        return Optional.empty();
    }

    /** For a model, the same without what it says of inner values, such as their types and shapes. */
    default Origin withoutDescriptions() {
        return this;
    }

    /** For a node, bytes of what its exporter noted for debugging: where in a program it comes from. */
    default long noteBytes() {
        return 0;
    }

    /** For a node, the same without such notes. */
    default Origin withoutNotes() {
        return this;
    }

    /** For a model, its sparse initializers by name, those that are kept as they are. */
    default Map<String, SparseConstant> sparseConstants() {
        return Map.of();
    }
}
