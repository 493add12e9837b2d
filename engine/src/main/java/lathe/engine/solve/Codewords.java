package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.grid.Codebook;

/**
 * The entries of a codebook as real numbers, as they are while they are fitted. Immutable by agreement: arrays are not
 * copied.
 *
 * @param length numbers of an entry
 * @param tables one or two, each {@code Codebook.ENTRIES * length} numbers, entry after entry
 * @param unit the number that stands for the root mean square of an output's weights
 */
record Codewords(int length, double[][] tables, double unit) {

    private static final int LARGEST = Byte.MAX_VALUE;

    static Codewords of(Codebook codebook) {
        double[][] tables = new double[codebook.tables()][Codebook.ENTRIES * codebook.length()];
        for (int table = 0; table < tables.length; table++) {
            for (int i = 0; i < tables[table].length; i++) {
                tables[table][i] = codebook.table(table)[i];
            }
        }
        return new Codewords(codebook.length(), tables, codebook.unit());
    }

    /** The nearest integers of 8 bits, the largest number of all tables becoming {@value #LARGEST}. */
    Codebook rounded() {
        double largest = Arrays.stream(tables)
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElseThrow();
        double factor = largest > 0 ? LARGEST / largest : 1;
        byte[][] integers = new byte[tables.length][tables[0].length];
        for (int table = 0; table < integers.length; table++) {
            for (int i = 0; i < integers[table].length; i++) {
                integers[table][i] = (byte) Math.rint(factor * tables[table][i]);
            }
        }
        return new Codebook(length, integers, factor * unit);
    }

    /** The same with one table changed by some amounts. */
    Codewords plus(int table, double[] changes) {
        double[][] changed = tables.clone();
        changed[table] = tables[table].clone();
        for (int i = 0; i < changes.length; i++) {
            changed[table][i] += changes[i];
        }
        return new Codewords(length, changed, unit);
    }

    /**
     * Number i of a vector: the sum of an entry of each table.
     *
     * @param index as in {@link Codebook#copyInto}
     */
    double at(int index, int i) {
        double first = tables[0][index % Codebook.ENTRIES * length + i];
        return tables.length == 1 ? first : first + tables[1][index / Codebook.ENTRIES * length + i];
    }
}
