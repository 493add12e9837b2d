package lathe.engine.allocate;

import java.util.List;
import java.util.Optional;

/** Chooses a configuration for each layer. Immutable and thread-safe. */
public interface Allocator {

    /** Says whether a network will do. */
    interface Check {
        /** Compresses the network, and checks it. Costs as much as that. */
        boolean passes(Assignment assignment);
    }

    /**
     * Chooses configurations. The same tables and answers give the same choice.
     *
     * @param base what layers have, where it is not changed
     * @param tables of the layers that may change
     * @param check passed by the assignment that is returned, as the last one or before
     * @return empty if no assignment passes in which a layer is still compressed
     */
    Optional<Assignment> allocate(Assignment base, List<LayerTable> tables, Check check);
}
