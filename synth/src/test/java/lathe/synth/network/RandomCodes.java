package lathe.synth.network;

import java.util.Random;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;

/** Codes to write. */
final class RandomCodes {

    private RandomCodes() {}

    /** Any of the codes that a weight of this format may have. */
    static byte of(WeightFormat format, Random random) {
        Levels levels = format.levels();
        if (!(levels instanceof LevelTable table)) {
            return (byte) random.nextInt((int) levels.least(), (int) levels.largest() + 1);
        }
        float[] byCode = table.byCode();
        int code = random.nextInt(byCode.length);
        while (Float.isNaN(byCode[code])) {
            code = random.nextInt(byCode.length);
        }
        return (byte) code;
    }
}
