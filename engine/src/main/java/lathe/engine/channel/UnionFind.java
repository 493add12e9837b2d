package lathe.engine.channel;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Optional;

/**
 * Disjoint sets of elements 0, 1, ..., some of them frozen for a reason; with path halving (Tarjan and van Leeuwen, Worst-case
 * analysis of set union algorithms, 1984). The smaller element represents a set, so results do not depend on the order of
 * unions. Not thread-safe.
 */
final class UnionFind {

    private final IntArrayList parents = new IntArrayList();
    private final Int2ObjectOpenHashMap<String> reasons = new Int2ObjectOpenHashMap<>();

    /** Adds a set of one element; returns the element. */
    int add() {
        parents.add(parents.size());
        return parents.size() - 1;
    }

    int size() {
        return parents.size();
    }

    /** The element that represents the set of another. */
    int find(int element) {
        int at = element;
        while (parents.getInt(at) != at) {
            parents.set(at, parents.getInt(parents.getInt(at)));
            at = parents.getInt(at);
        }
        return at;
    }

    /** Makes one set of two; it is frozen if one of them was, for the reason of the first that was. */
    void unite(int a, int b) {
        int low = Math.min(find(a), find(b));
        int high = Math.max(find(a), find(b));
        if (low != high) {
            parents.set(high, low);
            String reason = reasons.remove(high);
            if (reason != null) {
                reasons.putIfAbsent(low, reason);
            }
        }
    }

    /** Freezes the set of an element; of several reasons the first counts. */
    void freeze(int element, String reason) {
        reasons.putIfAbsent(find(element), reason);
    }

    /** Why the set of an element is frozen; empty if it is not. */
    Optional<String> reason(int element) {
        return Optional.ofNullable(reasons.get(find(element)));
    }
}
