"""The head: from the encoder's states to the log probabilities of initials and finals, 25 times a second."""

from __future__ import annotations

from torch import Tensor, nn

WIDTH = 512
"""Of the encoder's states."""
STRIDE = 2
"""States for one output."""


class Around(nn.Module):
    """A residual block: each place with its neighbours, channel by channel, then all channels together."""

    def __init__(self, width: int, reach: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, width, 2 * reach + 1, padding=reach, groups=width)
        self.mix = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, states: Tensor) -> Tensor:
        near = self.near(self.norm(states).transpose(1, 2)).transpose(1, 2)
        return states + self.mix(near)


class SyllableHead(nn.Module):
    """States (batch, frames, 512) to log probabilities (batch, ceil(frames / 2), units)."""

    def __init__(self, units: int, width: int = 224, blocks: int = 3, dropout: float = 0.25) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.enter = nn.Linear(WIDTH, width)
        self.drop = nn.Dropout(dropout)
        self.fold = nn.Conv1d(width, width, 2 * STRIDE + 1, stride=STRIDE, padding=STRIDE)
        self.blocks = nn.ModuleList(Around(width, 3, dropout) for _ in range(blocks))
        self.round = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.leave = nn.Linear(width, units)

    def forward(self, states: Tensor) -> Tensor:
        entered = self.drop(nn.functional.gelu(self.enter(self.norm(states))))
        folded = nn.functional.gelu(self.fold(entered.transpose(1, 2)).transpose(1, 2))
        for block in self.blocks:
            folded = block(folded)
        turned, _ = self.round(folded)
        return nn.functional.log_softmax(self.leave(self.drop(folded + turned)), dim=-1)
