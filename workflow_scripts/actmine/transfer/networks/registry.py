"""Every network by the name that a request gives."""

from actmine.transfer.networks.algorithms import MessagePassing
from actmine.transfer.networks.graphs import GraphIsomorphism
from actmine.transfer.networks.images import ConvNet, ResNet
from actmine.transfer.networks.network import Network
from actmine.transfer.networks.perceptron import Perceptron

NETWORKS: dict[str, type[Network]] = {
    "perceptron": Perceptron,
    "convnet": ConvNet,
    "resnet": ResNet,
    "graph_isomorphism": GraphIsomorphism,
    "message_passing": MessagePassing,
}
