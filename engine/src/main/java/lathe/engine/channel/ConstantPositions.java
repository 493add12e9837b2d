package lathe.engine.channel;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Initializer;

/** A constant with some of the positions of an axis. */
final class ConstantPositions {

    private ConstantPositions() {}

    /**
     * Picks positions. O(elements).
     *
     * @param constant of elements of whole bytes
     * @param axis one of its axes
     * @param kept positions on that axis, in the order of the result
     */
    static Initializer of(Initializer constant, int axis, int[] kept) {
        List<Long> dims = new ArrayList<>(constant.dims());
        int extent = Math.toIntExact(dims.get(axis));
        int inner = constant.type().bits() / Byte.SIZE;
        for (long behind : dims.subList(axis + 1, dims.size())) {
            inner = Math.multiplyExact(inner, Math.toIntExact(behind));
        }
        dims.set(axis, (long) kept.length);
        byte[] all = new byte[Math.toIntExact(constant.bytes().size())];
        constant.bytes().buffer().get(all);
        int outer = all.length / (inner * extent);
        ByteBuffer picked = ByteBuffer.allocate(outer * kept.length * inner);
        for (int o = 0; o < outer; o++) {
            for (int position : kept) {
                picked.put(all, (o * extent + position) * inner, inner);
            }
        }
        return Initializer.of(constant.name(), constant.type(), dims, picked.array())
                .storedAs(constant);
    }
}
