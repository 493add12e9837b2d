package lathe.engine.prune;

/** Sparsities. */
final class Shares {

    private Shares() {}

    static void check(double zeros) {
        if (!(zeros >= 0 && zeros <= 1)) {
            throw new IllegalArgumentException("share of zeros %s, not 0 to 1".formatted(zeros));
        }
    }

    static void checkRound(int round, int rounds) {
        if (round < 1 || round > rounds) {
            throw new IllegalArgumentException("round %d of %d".formatted(round, rounds));
        }
    }

    /** The share after which the remaining weights have become fewer by the same factor in every round. */
    static double inRound(double zeros, int round, int rounds) {
        checkRound(round, rounds);
        return round == rounds ? zeros : 1 - Math.pow(1 - zeros, (double) round / rounds);
    }
}
