package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void alignsColumnsUnderTheirTitles() {
        Table table = new Table("name", ">bytes", "note").row("a", "10", "").row("longer", "9", "x");
        assertEquals("  name    bytes  note\n  a          10\n  longer      9  x", table.render("  "));
    }

    @Test
    void leavesTheTitlesOutWhenAllAreEmpty() {
        assertEquals(
                "-a  1\n-b  2", new Table("", "").row("a", "1").row("b", "2").render("-"));
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThrows(IllegalArgumentException.class, () -> new Table("a", "b").row("1"));
    }
}
