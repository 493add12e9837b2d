package lathe.synth.image;

/**
 * A convex figure in the plane, lengths in pixels: an ellipse, a rectangle or a rhombus, turned by any angle. A row of
 * pixels meets it in one span. Immutable.
 */
final class Leaf {

    private final boolean round;
    private final double centreX;
    private final double centreY;
    // A point (x, y) has the leaf coordinates u = ux*dx + uy*dy, v = vx*dx + vy*dy, with dx and dy from the centre.
    // Inside is u*u + v*v <= 1 for round leaves, |u| <= 1 and |v| <= 1 for the others.
    private final double ux;
    private final double uy;
    private final double vx;
    private final double vy;
    private final double halfHeight;

    private Leaf(boolean round, double centreX, double centreY, double ux, double uy, double vx, double vy) {
        this.round = round;
        this.centreX = centreX;
        this.centreY = centreY;
        this.ux = ux;
        this.uy = uy;
        this.vx = vx;
        this.vy = vy;
        double determinant = Math.abs(ux * vy - uy * vx);
        this.halfHeight = (round ? Math.hypot(vx, ux) : Math.abs(vx) + Math.abs(ux)) / determinant;
    }

    /** An ellipse of semi-axes {@code a} and {@code b}. */
    static Leaf ellipse(double centreX, double centreY, double a, double b, double angle) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        return new Leaf(true, centreX, centreY, cos / a, sin / a, -sin / b, cos / b);
    }

    /** A rectangle of half-sides {@code a} and {@code b}. */
    static Leaf rectangle(double centreX, double centreY, double a, double b, double angle) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        return new Leaf(false, centreX, centreY, cos / a, sin / a, -sin / b, cos / b);
    }

    /** A rhombus of half-diagonals {@code a} and {@code b}: |p| + |q| <= 1 is |p + q| <= 1 and |p - q| <= 1. */
    static Leaf rhombus(double centreX, double centreY, double a, double b, double angle) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        return new Leaf(
                false, centreX, centreY, cos / a - sin / b, sin / a + cos / b, cos / a + sin / b, sin / a - cos / b);
    }

    double centreX() {
        return centreX;
    }

    double centreY() {
        return centreY;
    }

    double top() {
        return centreY - halfHeight;
    }

    double bottom() {
        return centreY + halfHeight;
    }

    /**
     * Where the row at {@code y} enters and leaves the leaf.
     *
     * @param ends overwritten: the two x, the first above the second when the row misses the leaf
     */
    void spanInto(double y, double[] ends) {
        double u = uy * (y - centreY);
        double v = vy * (y - centreY);
        if (round) {
            double square = ux * ux + vx * vx;
            double middle = -(ux * u + vx * v) / square;
            double rest = middle * middle - (u * u + v * v - 1) / square;
            double half = rest < 0 ? Double.NaN : Math.sqrt(rest);
            ends[0] = rest < 0 ? 1 : centreX + middle - half;
            ends[1] = rest < 0 ? 0 : centreX + middle + half;
            return;
        }
        ends[0] = centreX + Math.max(enter(ux, u), enter(vx, v));
        ends[1] = centreX + Math.min(leave(ux, u), leave(vx, v));
    }

    /** The smallest dx with |slope*dx + start| <= 1. */
    private static double enter(double slope, double start) {
        if (slope == 0) {
            return Math.abs(start) <= 1 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return (-Math.signum(slope) - start) / slope;
    }

    /** The largest dx with |slope*dx + start| <= 1. */
    private static double leave(double slope, double start) {
        return -enter(slope, -start);
    }
}
